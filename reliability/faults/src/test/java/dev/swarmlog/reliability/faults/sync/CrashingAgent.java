package dev.swarmlog.reliability.faults.sync;

import dev.swarmlog.sdk.AgentListener;
import dev.swarmlog.sdk.HandlerFailurePolicy;
import dev.swarmlog.sdk.RetryableException;
import dev.swarmlog.sdk.SwarmAgent;
import dev.swarmlog.sdk.SwarmAgentBuilder;
import dev.swarmlog.sdk.SyncReport;
import dev.swarmlog.sdk.TerminalException;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * An agent that says what it does, so that it can be killed in the middle of it, line by line:
 *
 * <ul>
 *   <li>{@code plan <log> <plan> <exact> <start> <target> <scopes sent whole> <reason>}: a session
 *       is open
 *   <li>{@code behind <log> <position> <head>}: it fell behind
 *   <li>{@code at <log> <op_id> <what is interrupted>}: a commit, with {@code whole} between syncs,
 *       {@code delta <base> <target> <exact>} or {@code snapshot <op_id>} within one
 *   <li>{@code synced <log> <plan> <exact> <received> <redundant> <mismatches>}: a report
 *   <li>{@code refused <why>}, {@code away <why>}, {@code failed <why>}
 * </ul>
 *
 * <p>Arguments: address, swarm, view, file, number of the launch, milliseconds that each batch
 * takes, whether it keeps the key index. Ends with its standard input.
 */
final class CrashingAgent implements AgentListener {

  private CrashingAgent() {}

  public static void main(String[] args) throws Exception {
    AgentView view = AgentView.parse(args[2]);
    long workMs = Long.parseLong(args[5]);
    EffectFile effects =
        new EffectFile(
            Path.of(args[3]),
            Integer.parseInt(args[4]),
            Boolean.parseBoolean(args[6]),
            record -> {
              LogResume resume = record.resume(record.log());
              say("at", record.log(), resume.getPosition().getOpId(), interruption(resume));
              work(workMs);
            });
    SwarmAgentBuilder builder =
        SwarmAgent.builder(args[0], args[1], view.agent())
            .view(view.declared())
            .effects(effects)
            .listener(new CrashingAgent());
    view.roles().forEach(builder::role);
    SwarmAgent agent = builder.start();
    SmallCoordinator.awaitEndOfInput();
    agent.close();
    Runtime.getRuntime().halt(0);
  }

  /** Whether a sync goes on behind an operation, by what is interrupted there. */
  static boolean isInTheMiddle(long opId, String interruption) {
    String[] words = interruption.split(" ");
    return words[0].equals("snapshot")
        || (words[0].equals("delta") && opId < Long.parseLong(words[2]));
  }

  /** What would have to be resumed. */
  static String interruption(LogResume resume) {
    if (resume.hasSnapshot()) {
      return "snapshot " + resume.getSnapshot().getPosition().getOpId();
    }
    if (resume.hasTriple()) {
      return "delta "
          + resume.getTriple().getBaseOpId()
          + " "
          + resume.getTriple().getTargetOpId()
          + " "
          + resume.getTriple().getExact();
    }
    return "whole";
  }

  @Override
  public void connected(String sessionId, List<LogPlan> plans) {
    for (LogPlan plan : plans) {
      say(
          "plan",
          plan.getLog(),
          plan.getPlan(),
          plan.getExact(),
          plan.getStart().getOpId(),
          plan.getTarget().getOpId(),
          plan.getSnapshotScopesCount(),
          plan.getReason());
    }
  }

  @Override
  public void fellBehind(Position position, Position head) {
    say("behind", position.getLog(), position.getOpId(), head.getOpId());
  }

  @Override
  public void synced(SyncReport report) {
    say(
        "synced",
        report.log(),
        report.plan(),
        report.exact(),
        report.received(),
        report.redundant(),
        report.mismatches());
  }

  @Override
  public void disconnected(RetryableException why, Duration retryIn) {
    say("away", why.getMessage());
  }

  @Override
  public void refused(TerminalException why) {
    say("refused", why.getMessage());
  }

  @Override
  public void handlerFailed(
      List<Operation> operations,
      Throwable failure,
      int attempts,
      HandlerFailurePolicy.Decision decision) {
    say("failed", attempts, decision, failure);
  }

  /** The work that a batch is to this agent: slow ones fall behind. */
  private static void work(long ms) {
    CompletableFuture.runAsync(
            () -> {}, CompletableFuture.delayedExecutor(ms, TimeUnit.MILLISECONDS))
        .join();
  }

  private static void say(Object... words) {
    StringBuilder line = new StringBuilder();
    for (Object word : words) {
      String text = word instanceof Log log ? log.name() : String.valueOf(word);
      line.append(line.isEmpty() ? "" : " ").append(text.replace('\n', ' '));
    }
    synchronized (System.out) {
      System.out.println(line);
    }
  }
}
