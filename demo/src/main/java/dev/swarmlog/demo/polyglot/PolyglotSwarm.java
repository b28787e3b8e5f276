package dev.swarmlog.demo.polyglot;

import dev.swarmlog.demo.process.Children;
import dev.swarmlog.demo.process.CoordinatorProcess;
import dev.swarmlog.demo.process.Launch;
import dev.swarmlog.demo.supervise.DemoFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The processes of a run, and what is between them. Used by one thread at a time.
 *
 * <pre>
 *   agent -- link (cut, held) -- proxy (deliveries twice) -- coordinator (killed)
 * </pre>
 */
final class PolyglotSwarm implements AutoCloseable {
  static final String NAME = "polyglot";

  private static final int PER_LANGUAGE = 2;
  private static final int ONE_DELIVERY_IN = 5;
  private static final long START_MS = 60_000;
  private static final long END_MS = 10_000;
  private static final List<String> AGENT_JVM =
      List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Xmx256m");

  private final Path folder;
  private final Children children;
  private final CoordinatorProcess coordinator;
  private final DuplicatingProxy proxy;
  private final Reports reports = new Reports();
  private final List<PolyglotAgent> agents = new ArrayList<>();
  private final Map<String, String> skipped = new TreeMap<>();
  private int coordinatorKills;

  private PolyglotSwarm(Path folder, Launch launch, @Nullable Path program) throws IOException {
    this.folder = folder;
    this.children = new Children(launch, Files.createDirectories(folder.resolve("logs")));
    this.coordinator = coordinator(children, folder.resolve("coordinator"), program);
    this.proxy = new DuplicatingProxy(coordinator.port(), ONE_DELIVERY_IN);
  }

  /**
   * Starts a coordinator, and two agents of each language that can run here.
   *
   * @throws DemoFailure if the coordinator or an agent does not start
   */
  static PolyglotSwarm start(PolyglotSettings settings)
      throws IOException, InterruptedException, DemoFailure {
    Launch launch = Launch.ofThisProcess();
    PolyglotSwarm swarm = new PolyglotSwarm(settings.folder(), launch, settings.coordinator());
    try {
      swarm.coordinator.start();
      swarm.awaitCoordinator();
      AgentProgram java =
          new AgentProgram("java", launch.command(AGENT_JVM, List.of("demo", ":polyglot-agent")));
      swarm.startAgents(
          settings.areOthers()
              ? AgentProgram.of(settings.sdks())
              : AgentProgram.of(settings.sdks(), java));
      return swarm;
    } catch (IOException | InterruptedException | DemoFailure | RuntimeException e) {
      swarm.close();
      throw e;
    }
  }

  private static CoordinatorProcess coordinator(
      Children children, Path data, @Nullable Path program) throws IOException {
    CoordinatorProcess.Builder builder = CoordinatorProcess.on(children, data);
    // One of another version has the settings that every coordinator has, at least.
    return program == null
        ? builder.arguments("--drain-timeout", "2s", "--drift-check-interval", "1s").build()
        : builder.program(program).build();
  }

  private void awaitCoordinator() throws InterruptedException, DemoFailure {
    try {
      coordinator.awaitListening();
    } catch (IOException e) {
      throw new DemoFailure(String.valueOf(e.getMessage()));
    }
  }

  /**
   * Whether the coordinator takes connections.
   *
   * @throws DemoFailure if it has ended by itself
   */
  boolean serves() throws DemoFailure {
    if (!coordinator.isAlive()) {
      throw new DemoFailure("Expected the coordinator to serve, but " + coordinator.end());
    }
    return coordinator.listens();
  }

  private void startAgents(List<AgentProgram> programs)
      throws IOException, InterruptedException, DemoFailure {
    List<PolyglotAgent> started = new ArrayList<>();
    for (AgentProgram program : programs) {
      for (int number = 1; number <= PER_LANGUAGE; number++) {
        PolyglotAgent agent =
            new PolyglotAgent(
                program.language() + "-" + number,
                program,
                children,
                folder.resolve("agents"),
                proxy.port(),
                reports);
        agent.start();
        started.add(agent);
      }
    }
    for (PolyglotAgent agent : started) {
      if (agent.awaitIntroduction(START_MS)) {
        agents.add(agent);
      } else if (agent.isUnavailable()) {
        skipped.put(agent.language(), agent.lastWords());
        agent.close();
      } else {
        throw new DemoFailure(
            "Expected %s to start, but it did not: %s".formatted(agent.name(), agent.lastWords()));
      }
    }
  }

  /** The coordinator's port, without anything between. */
  int port() {
    return coordinator.port();
  }

  List<PolyglotAgent> agents() {
    return agents;
  }

  /** What they say they hold. */
  Reports reports() {
    return reports;
  }

  /** Languages that cannot run here, and why. */
  Map<String, String> skipped() {
    return skipped;
  }

  /** Kills the coordinator and starts it again, without waiting until it serves. */
  void killCoordinator() throws IOException {
    coordinatorKills++;
    coordinator.kill();
    coordinator.start();
  }

  int coordinatorKills() {
    return coordinatorKills;
  }

  long deliveredTwice() {
    return proxy.duplicates();
  }

  /** Which agents have ended by themselves, and their last words. */
  String ended() {
    return agents.stream()
        .filter(agent -> !agent.isRunning())
        .map(agent -> "%s ended: %s".formatted(agent.name(), agent.lastWords()))
        .collect(Collectors.joining("; "));
  }

  /**
   * Asks all agents to end.
   *
   * @return those that did not, or not well
   */
  List<String> end() throws InterruptedException {
    agents.forEach(PolyglotAgent::terminate);
    List<String> left = new ArrayList<>();
    for (PolyglotAgent agent : agents) {
      if (!agent.hasEnded(END_MS)) {
        left.add(agent.name());
      }
    }
    return left;
  }

  @Override
  public void close() {
    children.close();
    agents.forEach(PolyglotAgent::close);
    proxy.close();
  }
}
