package dev.swarmlog.reliability.bug;

import dev.swarmlog.server.StartupException;
import dev.swarmlog.server.Surroundings;
import dev.swarmlog.server.SwarmlogServer;
import dev.swarmlog.server.configuration.ConfigurationException;
import dev.swarmlog.server.configuration.ServerConfiguration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A coordinator with a bug, as a process of its own: {@code BUG [--FLAG VALUE]...}, with the flags
 * of {@code swarmlog serve} that have a value. BUG is the name of a {@link SeededBug}, or {@code
 * NONE} for the same process without any.
 *
 * <p>Ends with 1 if it cannot start and 2 if it was called wrongly; the reason is on standard
 * error.
 */
public final class BuggyCoordinator {

  private static final String NO_BUG = "NONE";

  private BuggyCoordinator() {}

  public static void main(String[] arguments) throws InterruptedException {
    if (arguments.length % 2 == 0) {
      System.err.println("Expected BUG [--FLAG VALUE]..., but got " + String.join(" ", arguments));
      System.exit(2);
    }
    Map<String, String> flags = new HashMap<>();
    for (int i = 1; i < arguments.length; i += 2) {
      flags.put(arguments[i].replaceFirst("^--", ""), arguments[i + 1]);
    }
    try {
      SwarmlogServer server = start(arguments[0], flags);
      Runtime.getRuntime().addShutdownHook(new Thread(server::close, "stop"));
      server.awaitTermination();
    } catch (StartupException e) {
      System.err.println("swarmlog: " + e.getMessage());
      System.exit(1);
    } catch (ConfigurationException e) {
      System.err.println("swarmlog: " + e.getMessage());
      System.exit(2);
    }
  }

  private static SwarmlogServer start(String bug, Map<String, String> flags)
      throws StartupException, ConfigurationException {
    ServerConfiguration configuration =
        ServerConfiguration.load(Optional.empty(), System.getenv(), flags);
    Surroundings surroundings = Surroundings.real();
    return SwarmlogServer.start(
        configuration,
        bug.equals(NO_BUG)
            ? surroundings
            : surroundings.withLayers(shard -> SeededBug.valueOf(bug).layers()));
  }
}
