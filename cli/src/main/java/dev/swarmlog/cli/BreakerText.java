package dev.swarmlog.cli;

import dev.swarmlog.v1.AgentBreaker;
import dev.swarmlog.v1.BreakerCause;
import dev.swarmlog.v1.BreakerChange;
import dev.swarmlog.v1.BreakerState;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Help.Ansi.Style;

/** The circuit breakers of agents, for a person and as JSON. */
final class BreakerText {

  /** Of a breaker, unless more are wanted. */
  private static final int FIRST_CHANGES = 3;

  /** In front of what a line says. */
  private static final String FORM = "  %-9s %s";

  private BreakerText() {}

  /** {@code closed}, {@code open}, {@code on trial}. */
  static String state(BreakerState state) {
    return switch (state) {
      case BREAKER_STATE_CLOSED -> "closed";
      case BREAKER_STATE_OPEN -> "open";
      case BREAKER_STATE_HALF_OPEN -> "on trial";
      case BREAKER_STATE_UNSPECIFIED, UNRECOGNIZED -> "not known";
    };
  }

  static boolean isClosed(AgentBreaker breaker) {
    return breaker.getState() == BreakerState.BREAKER_STATE_CLOSED;
  }

  /**
   * A paragraph per agent.
   *
   * @param wholeHistory all changes that are known, and not only the newest
   */
  static void print(List<AgentBreaker> breakers, boolean wholeHistory, Instant now, Output output) {
    boolean first = true;
    for (AgentBreaker breaker : breakers) {
      if (!first) {
        output.line("");
      }
      first = false;
      print(breaker, wholeHistory, now, output);
    }
  }

  private static void print(
      AgentBreaker breaker, boolean wholeHistory, Instant now, Output output) {
    output.line(
        output.styled(
            style(breaker.getState()),
            "%s: breaker %s%s"
                .formatted(
                    Output.printable(breaker.getAgent()),
                    state(breaker.getState()),
                    served(breaker.getState()))));
    List<BreakerChange> history = breaker.getHistoryList();
    if (!isClosed(breaker)) {
      history.stream()
          .filter(change -> change.getState() == BreakerState.BREAKER_STATE_OPEN)
          .findFirst()
          .ifPresent(
              opened ->
                  line("cause", cause(opened.getCause()) + ": " + opened.getReason(), output));
    }
    if (!history.isEmpty()) {
      line("since", ParkedText.instant(history.get(0).getAtUnixNano()), output);
    }
    if (breaker.getRetryAtUnixNano() != 0) {
      line("until", until(breaker.getRetryAtUnixNano(), now), output);
    }
    line(
        "opened",
        ParkedText.times(breaker.getOpenedCount()) + " since the coordinator started",
        output);
    printHistory(history, wholeHistory, output);
  }

  private static void printHistory(
      List<BreakerChange> history, boolean wholeHistory, Output output) {
    int shown = wholeHistory ? history.size() : Math.min(FIRST_CHANGES, history.size());
    String label = "history";
    for (BreakerChange change : history.subList(0, shown)) {
      line(
          label,
          "%s  %-8s  %s"
              .formatted(
                  ParkedText.instant(change.getAtUnixNano()),
                  state(change.getState()),
                  change.getReason()),
          output);
      label = "";
    }
    if (shown < history.size()) {
      line("", "… and %d before; --history shows them".formatted(history.size() - shown), output);
    }
  }

  private static void line(String label, String text, Output output) {
    output.line(output.fitted(FORM.formatted(label, Output.printable(text)).stripTrailing()));
  }

  private static String until(long unixNano, Instant now) {
    Duration left = Duration.between(now, ContractText.toInstant(unixNano));
    return left.isNegative()
        ? ParkedText.instant(unixNano)
        : "%s, in %s".formatted(ParkedText.instant(unixNano), DurationText.print(left));
  }

  private static String served(BreakerState state) {
    return switch (state) {
      case BREAKER_STATE_OPEN -> ", not served";
      case BREAKER_STATE_HALF_OPEN, BREAKER_STATE_CLOSED -> ", served";
      case BREAKER_STATE_UNSPECIFIED, UNRECOGNIZED -> "";
    };
  }

  private static Style style(BreakerState state) {
    return switch (state) {
      case BREAKER_STATE_OPEN -> Style.fg_red;
      case BREAKER_STATE_HALF_OPEN -> Style.fg_yellow;
      case BREAKER_STATE_CLOSED, BREAKER_STATE_UNSPECIFIED, UNRECOGNIZED -> Style.bold;
    };
  }

  private static String cause(BreakerCause cause) {
    return ContractText.lower(cause.name(), "BREAKER_CAUSE_");
  }

  static Map<String, Object> map(AgentBreaker breaker) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("agent", breaker.getAgent());
    map.put("state", ContractText.lower(breaker.getState().name(), "BREAKER_STATE_"));
    if (breaker.getRetryAtUnixNano() != 0) {
      map.put("retryAt", ContractText.instant(breaker.getRetryAtUnixNano()));
    }
    map.put("opened", breaker.getOpenedCount());
    map.put("history", breaker.getHistoryList().stream().map(BreakerText::map).toList());
    return map;
  }

  static Map<String, Object> map(BreakerChange change) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("state", ContractText.lower(change.getState().name(), "BREAKER_STATE_"));
    map.put("cause", cause(change.getCause()));
    map.put("at", ContractText.instant(change.getAtUnixNano()));
    map.put("reason", change.getReason());
    return map;
  }
}
