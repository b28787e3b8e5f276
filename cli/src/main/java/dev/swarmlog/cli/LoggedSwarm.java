package dev.swarmlog.cli;

import ch.qos.logback.classic.spi.ILoggingEvent;
import java.util.Optional;

/**
 * Which swarm a line of the log is about. Lines about one begin with {@code Swarm {}}; {@link
 * RepetitionLimit} counts them by that argument, too.
 */
final class LoggedSwarm {

  private static final String BEGINNING = "Swarm {}";

  private LoggedSwarm() {}

  static Optional<String> of(ILoggingEvent event) {
    Object[] arguments = event.getArgumentArray();
    return event.getMessage() != null
            && event.getMessage().startsWith(BEGINNING)
            && arguments != null
            && arguments.length > 0
        ? Optional.of(String.valueOf(arguments[0]))
        : Optional.empty();
  }
}
