package dev.swarmlog.cli;

import dev.swarmlog.console.Console;
import dev.swarmlog.server.configuration.ConsoleSettings;
import io.grpc.Channel;
import java.io.IOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Shows the console where the settings say. */
final class Consoles {

  private static final Logger LOG = LoggerFactory.getLogger(Consoles.class);

  private Consoles() {}

  /**
   * Shows it.
   *
   * @return empty if it is not wanted, or cannot be shown and nobody has asked for its port
   * @throws IOException if the port that somebody has set cannot be listened on
   */
  static Optional<Console> show(ConsoleSettings settings, Channel coordinator) throws IOException {
    if (!settings.shown()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Console.start(settings.port(), coordinator));
    } catch (IOException e) {
      if (settings.portChosen()) {
        throw e;
      }
      return onAnyPort(e, coordinator);
    }
  }

  private static Optional<Console> onAnyPort(IOException usual, Channel coordinator) {
    try {
      Console console = Console.start(0, coordinator);
      LOG.info(
          "The console is on port {} this time: {}",
          console.port(),
          String.valueOf(usual.getMessage()));
      return Optional.of(console);
    } catch (IOException e) {
      LOG.warn("Expected to show the console on loopback, but {}; there is none.", e.toString());
      return Optional.empty();
    }
  }
}
