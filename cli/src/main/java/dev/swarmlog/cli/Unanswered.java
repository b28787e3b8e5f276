package dev.swarmlog.cli;

import dev.swarmlog.sdk.RetryableException;
import dev.swarmlog.sdk.SwarmClient;
import dev.swarmlog.sdk.SwarmPublisher;
import dev.swarmlog.sdk.SwarmlogException;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.WaitingPublisher;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Says what is known of publications that got no answer in time: what held them up, whether they
 * may be in the log, and what to do.
 *
 * @param client asks the coordinator what the publisher waits for
 * @param server where the coordinator is, for hints
 * @param publisher the name published under
 * @param hasIdempotencyKey whether the same may be published again without harm
 * @param timeout how long was waited
 */
record Unanswered(
    SwarmClient client,
    String server,
    String swarm,
    String publisher,
    Log log,
    boolean hasIdempotencyKey,
    Duration timeout) {

  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /**
   * What held a publisher up.
   *
   * @param text a sentence
   * @param refusal what it was answered last; null if it got no refusal
   */
  record Cause(String text, @Nullable CommandFailure refusal) {}

  /**
   * What holds a publisher up, to be asked while it is open; empty if that is not known. What it
   * was refused last goes first: else the rate limit that the coordinator has it wait for.
   */
  Optional<Cause> cause(SwarmPublisher open) {
    if (log != Log.LOG_TELEMETRY) {
      Optional<RetryableException> refused = open.state(log).why();
      if (refused.isPresent()) {
        return refused
            .map(why -> Failures.ofCoordinator(why, server))
            .map(why -> new Cause("What held it up: " + sentence(why.getMessage()), why));
      }
    }
    try {
      return client
          .withTimeout(PATIENCE)
          .getSwarm(swarm)
          .getRateLimitFigures()
          .getWaitingPublishersList()
          .stream()
          .filter(waiting -> waiting.getPublisher().equals(publisher) && waiting.getLog() == log)
          .map(WaitingPublisher::getLimit)
          .findFirst()
          .map(limit -> new Cause("It waits for a rate limit: %s.".formatted(limit), null));
    } catch (SwarmlogException e) {
      // Whoever does not answer a publication may not answer this either.
      return Optional.empty();
    }
  }

  /**
   * The failure to report.
   *
   * @param count how many got no answer
   * @param outcomeUnknown whether one of them may be in the log
   */
  CommandFailure failure(long count, boolean outcomeUnknown, Optional<Cause> cause) {
    String what = log == Log.LOG_TELEMETRY ? "measurement" : "operation";
    String message =
        "Expected %,d %s to be taken within %s, but %s not. %s%s"
            .formatted(
                count,
                count == 1 ? what : what + "s",
                DurationText.print(timeout),
                count == 1 ? "it was" : "they were",
                cause.map(why -> why.text() + " ").orElse(""),
                outcomeUnknown
                    ? "Whether that is in the log is not known."
                    : "Nothing of that is in the log.");
    CommandFailure refusal = cause.map(Cause::refusal).orElse(null);
    if (outcomeUnknown) {
      return new CommandFailure(ExitCode.OUTCOME_UNKNOWN, message, look());
    }
    if (refusal == null || refusal.reason() == null) {
      return new CommandFailure(
          ExitCode.UNAVAILABLE,
          message,
          "Publish it again; where a rate limit holds it up, with a longer --timeout.");
    }
    CommandFailure failure =
        new CommandFailure(
            refusal.exitCode(), message, refusal.reason(), refusal.action(), refusal);
    failure.details().putAll(refusal.details());
    return failure;
  }

  private static String sentence(@Nullable String text) {
    String said = String.valueOf(text);
    return said.endsWith(".") ? said : said + ".";
  }

  private String look() {
    String tail =
        "swarmlog tail %s --agent %s%s"
            .formatted(
                Output.printable(swarm),
                Output.printable(publisher),
                log == Log.LOG_MAIN ? "" : " --topic " + PositionText.logName(log));
    String look = "Look with `" + CommandHint.at(server, tail) + "`";
    return hasIdempotencyKey
        ? look + ", or publish again with the same --idempotency-key: it is there once then."
        : look
            + " before you publish again: it may be there twice then. What has an --idempotency-key can be published"
            + " again at any time.";
  }
}
