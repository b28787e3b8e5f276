package dev.swarmlog.server.path.accept;

import dev.swarmlog.otel.Attribute;
import dev.swarmlog.otel.Label;
import dev.swarmlog.otel.Metric;
import dev.swarmlog.server.Instruments;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.path.Shards;
import dev.swarmlog.server.path.admit.AgentBreakers;
import dev.swarmlog.server.path.batch.OwnReports;
import dev.swarmlog.v1.BreakerChange;
import dev.swarmlog.v1.BreakerReport;
import dev.swarmlog.v1.BreakerState;
import dev.swarmlog.v1.Topic;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.LongCounter;
import javax.inject.Inject;
import javax.inject.Singleton;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Ends the session of an agent whose breaker opens, and tells its swarm of it: one alert when it
 * opens, one when it closes. Called from any thread.
 */
@Singleton
final class BreakerAlarm implements AgentBreakers.Listener {

  private static final Logger logger = LoggerFactory.getLogger(BreakerAlarm.class);

  private final Sessions sessions;
  private final Shards shards;
  private final LongCounter changes;

  @Inject
  BreakerAlarm(Sessions sessions, Shards shards, Instruments instruments) {
    this.changes = instruments.meters().counter(Metric.BREAKER_CHANGES);
    this.sessions = sessions;
    this.shards = shards;
  }

  @Override
  public void changed(
      String swarm,
      String agent,
      BreakerChange change,
      long openedCount,
      @Nullable Refusal refusal) {
    changes.add(
        1,
        Attributes.of(
            Attribute.STATE,
            Label.of(change.getState(), "BREAKER_STATE_"),
            Attribute.CAUSE,
            Label.of(change.getCause(), "BREAKER_CAUSE_")));
    AgentSession session = refusal == null ? null : sessions.ofAgent(swarm, agent);
    if (session != null && refusal != null) {
      sessions.closed(session);
      session.end(refusal);
    }
    if (change.getState() == BreakerState.BREAKER_STATE_HALF_OPEN
        || shards.of(swarm).log().swarm(swarm).isEmpty()) {
      return;
    }
    logger
        .atLevel(change.getState() == BreakerState.BREAKER_STATE_CLOSED ? Level.INFO : Level.WARN)
        .log("Swarm {}: agent {} {}.", swarm, agent, change.getReason());
    OwnReports.of(shards.of(swarm).writer(), swarm)
        .publish(
            Topic.TOPIC_ALERTS,
            BreakerReport.newBuilder()
                .setAgent(agent)
                .setChange(change)
                .setOpenedCount(openedCount)
                .build());
  }
}
