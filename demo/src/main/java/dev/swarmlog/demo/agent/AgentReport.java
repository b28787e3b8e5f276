package dev.swarmlog.demo.agent;

import dev.swarmlog.demo.process.Status;
import dev.swarmlog.sdk.AgentListener;
import dev.swarmlog.sdk.HandlerFailurePolicy;
import dev.swarmlog.sdk.TerminalException;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Position;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** Tells the supervisor what happens to one agent. Called by the SDK, one call at a time. */
final class AgentReport implements AgentListener {
  private final String agent;
  private final Consumer<Status> onStatus;

  AgentReport(String agent, Consumer<Status> onStatus) {
    this.agent = agent;
    this.onStatus = onStatus;
  }

  @Override
  public void connected(String sessionId, List<LogPlan> plans) {
    for (LogPlan plan : plans) {
      if (plan.getLog() == Log.LOG_MAIN) {
        onStatus.accept(
            new Status.Connected(
                agent,
                name(plan.getPlan()),
                plan.getMissingOperations(),
                plan.getStart().getOpId(),
                plan.getHead().getOpId()));
      }
    }
  }

  @Override
  public void caughtUp(Position position, long received, long ignoredDuplicates) {
    if (position.getLog() == Log.LOG_MAIN) {
      onStatus.accept(new Status.CaughtUp(agent, position.getOpId(), received, ignoredDuplicates));
    }
  }

  @Override
  public void refused(TerminalException why) {
    onStatus.accept(new Status.Trouble(agent + " was refused: " + why.getMessage(), true));
  }

  @Override
  public void handlerFailed(
      List<Operation> operations,
      Throwable failure,
      int attempts,
      HandlerFailurePolicy.Decision decision) {
    onStatus.accept(new Status.Trouble(agent + " cannot apply a batch: " + failure, true));
  }

  private static String name(Plan plan) {
    return plan.name().replace("PLAN_", "").toLowerCase(Locale.ROOT);
  }
}
