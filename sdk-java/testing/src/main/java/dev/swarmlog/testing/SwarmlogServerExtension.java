package dev.swarmlog.testing;

import dev.swarmlog.server.Limits;
import dev.swarmlog.server.StartupException;
import dev.swarmlog.server.Surroundings;
import dev.swarmlog.server.SwarmlogServer;
import dev.swarmlog.server.configuration.ConfigurationException;
import dev.swarmlog.server.configuration.ServerConfiguration;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * A JUnit extension that runs a real coordinator inside the test's process: on a free port of
 * loopback, with a store in a temporary directory that is removed at the end, creating swarms on
 * first use.
 *
 * <pre>{@code
 * class MyAgentTest {
 *
 *   @RegisterExtension
 *   static final SwarmlogServerExtension SERVER = SwarmlogServerExtension.onDisk();
 *
 *   @Test
 *   void shouldApplyWhatIsPublished() {
 *     connectYourAgentTo(SERVER.target());
 *   }
 * }
 * }</pre>
 *
 * <p>In a static field one coordinator serves all tests of the class; in an instance field each
 * test gets a fresh one. With {@code @ExtendWith(SwarmlogServerExtension.class)} a test takes it as
 * a parameter instead.
 *
 * <p>{@link #restart} and {@link #stopAbruptly} let a test see how its agents cope with a
 * coordinator that goes and comes back: the port and the data stay the same. A coordinator in
 * memory forgets everything when it stops.
 *
 * <p>Tests of different names of swarms do not disturb each other on one coordinator. Methods may
 * be called from any thread, but only between the extension's own callbacks.
 */
public final class SwarmlogServerExtension
    implements BeforeAllCallback,
        AfterAllCallback,
        BeforeEachCallback,
        AfterEachCallback,
        ParameterResolver {

  private static final String LOOPBACK = "127.0.0.1";

  private final Map<String, String> flags;
  private final boolean asParameter;
  private Surroundings surroundings;
  private boolean perClass;
  private @Nullable Path directory;
  private @Nullable SwarmlogServer server;
  private int port;

  /** Like {@link #onDisk}; for {@code @ExtendWith}. */
  public SwarmlogServerExtension() {
    this(Map.of(), true);
  }

  private SwarmlogServerExtension(Map<String, String> flags, boolean asParameter) {
    this.flags = new HashMap<>(flags);
    this.asParameter = asParameter;
    this.surroundings = Surroundings.real();
  }

  /**
   * A coordinator that stores in a temporary directory, as in production: what it acknowledged
   * survives a stop.
   */
  public static SwarmlogServerExtension onDisk() {
    return new SwarmlogServerExtension(Map.of(), false);
  }

  /** A coordinator that stores nothing: quicker to start, and empty after {@link #restart}. */
  public static SwarmlogServerExtension inMemory() {
    return new SwarmlogServerExtension(Map.of("in-memory", "true"), false);
  }

  /**
   * Sets a configuration value, by the name of its flag, such as {@code shards}. Before the
   * coordinator starts.
   *
   * @return this
   */
  public SwarmlogServerExtension with(String flag, String value) {
    requireStopped();
    flags.put(flag, value);
    return this;
  }

  /**
   * Changes one of the bounds, by its name in {@link Limits}, such as {@code maxSessions}. Before
   * the coordinator starts.
   *
   * @return this
   */
  public SwarmlogServerExtension withLimit(String name, Object value) {
    requireStopped();
    surroundings = surroundings.withLimit(name, value);
    return this;
  }

  /**
   * Where clients connect, such as {@code 127.0.0.1:41234}; stays the same across restarts. Plain
   * text.
   */
  public String target() {
    return LOOPBACK + ":" + port();
  }

  /** The port; stays the same across restarts. */
  public int port() {
    if (port == 0) {
      throw new IllegalStateException(
          "Expected the coordinator to have been started, but it was not");
    }
    return port;
  }

  /**
   * The data directory, where there is one; for tests that look at it or damage it while the
   * coordinator is stopped.
   */
  public Optional<Path> dataDirectory() {
    return Optional.ofNullable(directory);
  }

  /** Whether it runs now. */
  public synchronized boolean isRunning() {
    return server != null;
  }

  /**
   * Starts it on the port it had before. Does nothing if it runs.
   *
   * @throws IllegalStateException if it cannot start; the message says why
   */
  public synchronized void start() {
    if (server != null) {
      return;
    }
    try {
      server = SwarmlogServer.start(configuration(), surroundings);
      port = server.port();
    } catch (ConfigurationException | StartupException e) {
      throw new IllegalStateException(
          "Expected the coordinator to start, but " + e.getMessage(), e);
    }
  }

  /**
   * Stops it gracefully: agents are told to come back, what was accepted is finished. Does nothing
   * if it is stopped.
   */
  public synchronized void stop() {
    if (server != null) {
      server.close();
      server = null;
    }
  }

  /**
   * Stops it at once: connections break, what was not acknowledged may be lost. The closest to a
   * crash that one process can do to itself; for the real thing start one of its own and kill it.
   * Does nothing if it is stopped.
   */
  public synchronized void stopAbruptly() {
    if (server != null) {
      server.stopAbruptly();
      server = null;
    }
  }

  /** {@link #stop}, then {@link #start}. */
  public synchronized void restart() {
    stop();
    start();
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    perClass = true;
    open();
  }

  @Override
  public void afterAll(ExtensionContext context) {
    perClass = false;
    discard();
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    if (!perClass) {
      open();
    } else {
      // A test before may have left it stopped.
      start();
    }
  }

  @Override
  public void afterEach(ExtensionContext context) {
    if (!perClass) {
      discard();
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    // One that a field holds is taken from there.
    return asParameter && parameter.getParameter().getType() == SwarmlogServerExtension.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return this;
  }

  private synchronized void open() {
    port = 0;
    if (!flags.containsKey("in-memory")) {
      try {
        directory = Files.createTempDirectory("swarmlog-test-");
      } catch (IOException e) {
        throw new UncheckedIOException("Expected to create a temporary directory", e);
      }
    }
    start();
  }

  private synchronized void discard() {
    stopAbruptly();
    port = 0;
    Path created = directory;
    directory = null;
    if (created != null) {
      delete(created);
    }
  }

  private ServerConfiguration configuration() throws ConfigurationException {
    Map<String, String> all = new HashMap<>();
    all.put("port", String.valueOf(port));
    all.put("shards", "2");
    all.put("drain-timeout", "5s");
    if (directory != null) {
      all.put("data-directory", directory.resolve("data").toString());
    }
    all.putAll(flags);
    // The environment of whoever runs the tests must not change what they test.
    return ServerConfiguration.load(Optional.empty(), Map.of(), all);
  }

  private void requireStopped() {
    if (server != null) {
      throw new IllegalStateException("Expected this before the coordinator starts, but it runs");
    }
  }

  private static void delete(Path root) {
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Expected to remove " + root, e);
    }
  }
}
