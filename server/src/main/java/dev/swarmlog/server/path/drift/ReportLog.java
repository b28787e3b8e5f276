package dev.swarmlog.server.path.drift;

import dev.swarmlog.server.path.batch.ShardWriter;
import dev.swarmlog.server.path.commit.Proposal;
import dev.swarmlog.server.path.fair.Flow;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.v1.Append;
import dev.swarmlog.storage.v1.Command;
import dev.swarmlog.v1.AllAgents;
import dev.swarmlog.v1.DriftReport;
import dev.swarmlog.v1.Durability;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.Topic;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Publishes reports in the main log of their swarm, on behalf of the coordinator. */
final class ReportLog implements ReportListener {

  private static final Logger logger = LoggerFactory.getLogger(ReportLog.class);

  static final String TYPE = "swarmlog.v1.DriftReport";
  private static final String CONTENT_TYPE = "application/protobuf";

  private final ShardWriter writer;
  private final String swarm;

  ReportLog(ShardWriter writer, String swarm) {
    this.writer = writer;
    this.swarm = swarm;
  }

  /**
   * Publishes without waiting. Where that cannot be done it is logged, and nothing else is lost.
   */
  @Override
  public void report(Topic topic, DriftReport report) {
    report(topic, report, durable -> {});
  }

  /**
   * Publishes without waiting.
   *
   * @param logged is told, on any thread, whether it is in the log
   */
  void report(Topic topic, DriftReport report, Consumer<Boolean> logged) {
    PublishRecord record =
        PublishRecord.newBuilder()
            .setTopic(topic)
            .setTarget(Target.newBuilder().setAll(AllAgents.getDefaultInstance()))
            .setOperationClass(OperationClass.OPERATION_CLASS_EVENT)
            .setPayload(
                Payload.newBuilder()
                    .setType(TYPE)
                    .setContentType(CONTENT_TYPE)
                    .setData(report.toByteString()))
            .build();
    Command command =
        Command.newBuilder()
            .setAppend(
                Append.newBuilder()
                    .setSwarm(swarm)
                    .setLog(Log.LOG_MAIN)
                    .setGroup(PublishGroup.newBuilder().addRecords(record)))
            .build();
    ShardWriter.Reception reception =
        writer.propose(
            new Proposal(
                Flow.ofSwarm(swarm), command, command.getSerializedSize(), new Logged(logged)));
    if (reception != ShardWriter.Reception.TAKEN) {
      logger.warn("A report of drift in swarm {} is not published: {}.", swarm, reception);
      logged.accept(false);
    }
  }

  private final class Logged implements Proposal.Listener {

    private final Consumer<Boolean> logged;

    Logged(Consumer<Boolean> logged) {
      this.logged = logged;
    }

    @Override
    public void settled(Outcome outcome, Durability durability) {
      boolean appended = outcome instanceof Outcome.Appended;
      if (!appended) {
        logger.warn("A report of drift in swarm {} is not published: {}.", swarm, outcome);
      }
      logged.accept(appended);
    }

    @Override
    public void abandoned() {
      logger.warn("A report of drift in swarm {} is not published: the shard stops.", swarm);
      logged.accept(false);
    }
  }
}
