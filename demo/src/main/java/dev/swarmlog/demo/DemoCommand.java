package dev.swarmlog.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swarmlog.bench.storm.StormReport;
import dev.swarmlog.demo.agent.Injection;
import dev.swarmlog.demo.display.LiveView;
import dev.swarmlog.demo.display.PlainView;
import dev.swarmlog.demo.display.StormView;
import dev.swarmlog.demo.display.View;
import dev.swarmlog.demo.polyglot.PolyglotDemo;
import dev.swarmlog.demo.polyglot.PolyglotReport;
import dev.swarmlog.demo.polyglot.PolyglotSettings;
import dev.swarmlog.demo.storm.StormDemo;
import dev.swarmlog.demo.supervise.DataFolder;
import dev.swarmlog.demo.supervise.DemoFailure;
import dev.swarmlog.demo.supervise.DemoSettings;
import dev.swarmlog.demo.supervise.Run;
import dev.swarmlog.demo.supervise.Supervisor;
import dev.swarmlog.demo.survey.SourceTree;
import dev.swarmlog.demo.survey.SurveyTable;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command {@code demo}. */
@Command(
    name = "demo",
    description =
        "See a swarm of agents survey a directory and come through two kills; with --storm a retry storm; with --polyglot agents of"
            + " all languages in one swarm.",
    synopsisSubcommandLabel = "",
    footer = {
      "",
      "Starts a coordinator, a planner and agents in processes of their own. Every agent applies every assignment and"
          + " every result; the agent that a file's hash chooses surveys it. Midway an agent process and then the"
          + " coordinator are killed with SIGKILL and started again; then a row of one agent's table is changed behind its"
          + " back, found by the coordinator, and healed. At the end a checker that shares no code with the"
          + " SDK compares what the agents journaled with what was acknowledged.",
      "",
      "With --storm: an orchestrator that retries at once on the left, Swarmlog on the right, at the same time and under the"
          + " same load, while one agent retries in a tight loop; processor time, p99 and goodput of both, second by second."
          + " Both share this machine: swarmlog bench retry-storm measures them one after the other. Exit code 0 unless"
          + " Swarmlog lost a command.",
      "",
      "With --polyglot: two agents of each language that can run here, in one swarm. Each is killed, cut off and partitioned"
          + " once, the coordinator is killed, publications and deliveries come twice. At the end each says what it holds, which"
          + " must be what the log says. docs/polyglot.md. Exit code 0 only then.",
      "",
      "Else exit code 0 only if nothing was lost, applied twice or out of order, all agents hold the same table, and the drift is healed; else 1.",
    },
    subcommands = {
      PlannerCommand.class,
      AgentsCommand.class,
      CoordinatorCommand.class,
      PolyglotAgentCommand.class
    })
public final class DemoCommand implements Callable<Integer> {
  private static final int MAX_AGENTS = 99;
  private static final int MAX_STORM_SECONDS = 600;
  private static final Set<String> OF_STORM =
      Set.of("--storm", "--seconds", "--seed", "--json", "--plain");
  private static final int MAX_POLYGLOT_SECONDS = 3_600;

  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "DIR",
      description =
          "What to survey: the files that git tracks, else all outside of build folders. "
              + "Default: Swarmlog's own sources in a checkout, else here.")
  private @Nullable Path directory;

  @Option(
      names = "--agents",
      defaultValue = "20",
      description = "How many agents, 1 to 99. Default: ${DEFAULT-VALUE}.")
  private int agents;

  @Option(
      names = "--processes",
      defaultValue = "4",
      description = "How many processes the agents are spread over. Default: ${DEFAULT-VALUE}.")
  private int processes;

  @Option(
      names = "--seconds",
      defaultValue = "30",
      description = "Survey a small tree round after round for so long. Default: ${DEFAULT-VALUE}.")
  private int seconds;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Write the surveyed table: JSON if the name ends in .json, else CSV.")
  private @Nullable Path out;

  @Option(
      names = "--data",
      paramLabel = "FOLDER",
      description =
          "Where journals, acks, logs and the coordinator's store go; empty or new. Default: a temporary one.")
  private @Nullable Path data;

  @Option(
      names = "--inject",
      paramLabel = "FAULT",
      description =
          "Put a fault between delivery and journal of one agent, to see the checker find it: duplicate, drop or"
              + " reorder.")
  private @Nullable String inject;

  @Option(
      names = "--seed",
      description =
          "Chooses the process that is killed, and where a fault is injected. Default: a random one, shown.")
  private @Nullable Long seed;

  @Option(
      names = "--storm",
      description =
          "Show a retry storm instead: an orchestrator and Swarmlog, side by side. Goes with --seconds, of all of it, --seed,"
              + " --json and --plain.")
  private boolean storm;

  @Mixin private PolyglotOptions polyglot = new PolyglotOptions();

  @Option(
      names = "--json",
      description = "End standard output with one line of JSON; all else goes to standard error.")
  private boolean json;

  @Option(
      names = "--plain",
      description = "Print lines instead of a moving picture, also on a terminal.")
  private boolean plain;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  @SuppressWarnings("unused") // picocli reads it
  private boolean help;

  @Override
  public Integer call() throws Exception {
    PrintWriter people = json ? spec.commandLine().getErr() : spec.commandLine().getOut();
    if (storm) {
      return storm(people);
    }
    polyglot.check();
    if (polyglot.areWanted()) {
      return polyglot(people);
    }
    DemoSettings settings = settings();
    Report report = new Report(settings, people);
    Run run;
    try (View view = view(people)) {
      run = Supervisor.run(settings, view);
    } catch (DemoFailure e) {
      // Ctrl-C goes to its processes as well.
      if (!isInterrupted()) {
        report.failure(e);
      }
      return 1;
    }
    SurveyTable table = new SurveyTable(run.verdict().table());
    if (out != null) {
      table.write(out);
    }
    report.print(run, table, out);
    if (json) {
      spec.commandLine().getOut().println(report.json(run));
      spec.commandLine().getOut().flush();
    }
    boolean healed = run.driftHealed() == run.driftInjected();
    return run.verdict().passed() && healed ? 0 : 1;
  }

  /** Whether somebody is ending this process. */
  private static boolean isInterrupted() {
    Thread none = new Thread(() -> {});
    try {
      Runtime.getRuntime().addShutdownHook(none);
      Runtime.getRuntime().removeShutdownHook(none);
      return false;
    } catch (IllegalStateException e) {
      return true;
    }
  }

  private int storm(PrintWriter people) throws Exception {
    expectOnly("--storm", OF_STORM, "--seconds, --seed, --json and --plain");
    expect(
        seconds >= StormDemo.MIN_SECONDS && seconds <= MAX_STORM_SECONDS,
        "--seconds",
        StormDemo.MIN_SECONDS + " to " + MAX_STORM_SECONDS + " with --storm",
        seconds);
    StormReport report;
    int columns;
    try (StormView view = live() ? StormView.live(coloured()) : StormView.plain(people)) {
      report = new StormDemo(seconds, chosenSeed()).run(view);
      columns = view.columns();
    }
    people.println();
    // The warm-up is a quarter of all.
    report.lines(columns, "--seconds").forEach(people::println);
    people.flush();
    if (json) {
      spec.commandLine().getOut().println(new ObjectMapper().writeValueAsString(report.map()));
      spec.commandLine().getOut().flush();
    }
    return report.correct() ? 0 : 1;
  }

  private int polyglot(PrintWriter people) throws Exception {
    expectOnly("--polyglot", PolyglotOptions.WITH, PolyglotOptions.NAMED);
    expect(
        seconds >= PolyglotSettings.MIN_SECONDS && seconds <= MAX_POLYGLOT_SECONDS,
        "--seconds",
        PolyglotSettings.MIN_SECONDS + " to " + MAX_POLYGLOT_SECONDS + " with --polyglot",
        seconds);
    Path folder = folder();
    PolyglotReport report;
    try {
      report =
          new PolyglotDemo(
                  polyglot.settings(seconds, chosenSeed(), folder, ownTree()),
                  line -> say(people, line))
              .run();
    } catch (DemoFailure e) {
      if (!isInterrupted()) {
        say(people, "The demo failed: " + e.getMessage());
        say(people, "Data and logs: " + folder);
      }
      return 1;
    }
    people.println();
    report.lines().forEach(people::println);
    say(people, "Data and logs: " + folder);
    if (json) {
      say(spec.commandLine().getOut(), new ObjectMapper().writeValueAsString(report.map()));
    }
    return report.passed() ? 0 : 1;
  }

  private static void say(PrintWriter to, String line) {
    to.println(line);
    to.flush();
  }

  /** Refuses options that mean nothing here. */
  private void expectOnly(String mode, Set<String> options, String named) {
    boolean others =
        directory != null
            || spec.commandLine().getParseResult().matchedOptionsSet().stream()
                .anyMatch(option -> !options.contains(option.longestName()));
    if (others) {
      throw new ParameterException(
          spec.commandLine(), "Expected %s with none but %s, but got more.".formatted(mode, named));
    }
  }

  private Path folder() {
    try {
      return DataFolder.empty(data());
    } catch (IOException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  private Path data() throws IOException {
    return data == null ? Files.createTempDirectory("swarmlog-demo-") : data;
  }

  private long chosenSeed() {
    return seed == null ? ThreadLocalRandom.current().nextInt(1, 1_000_000) : seed;
  }

  private DemoSettings settings() throws IOException {
    expect(agents >= 1 && agents <= MAX_AGENTS, "--agents", "1 to " + MAX_AGENTS, agents);
    expect(
        processes >= 1 && processes <= agents,
        "--processes",
        "1 to the number of agents",
        processes);
    expect(seconds >= 1 && seconds <= 86_400, "--seconds", "1 to 86400", seconds);
    try {
      Injection injection = inject == null ? Injection.NONE : Injection.named(inject);
      SourceTree tree = SourceTree.list(directory == null ? ownTree() : directory);
      if (out != null && !Files.isDirectory(parent(out))) {
        throw new IOException("Expected a folder for --out, but " + parent(out) + " is none.");
      }
      DataFolder folder = DataFolder.create(data());
      return new DemoSettings(tree, agents, processes, seconds, folder, injection, chosenSeed());
    } catch (IOException | IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  private void expect(boolean holds, String option, String expected, int actual) {
    if (!holds) {
      throw new ParameterException(
          spec.commandLine(),
          String.format("Expected %s to be %s, but it is %d.", option, expected, actual));
    }
  }

  private View view(PrintWriter people) throws IOException {
    return live() ? LiveView.open(coloured()) : new PlainView(people);
  }

  private boolean live() {
    boolean terminal = System.console() != null && !"dumb".equals(System.getenv("TERM"));
    return terminal && !plain && !json;
  }

  private static boolean coloured() {
    return System.getenv("NO_COLOR") == null;
  }

  /** The checkout that this program was built in, if it was; else the current directory. */
  private static Path ownTree() {
    CodeSource source = DemoCommand.class.getProtectionDomain().getCodeSource();
    if (source != null && "file".equals(source.getLocation().getProtocol())) {
      for (Path up = Path.of(URI.create(source.getLocation().toString()));
          up != null;
          up = up.getParent()) {
        if (Files.isExecutable(up.resolve("swarmlog"))
            && Files.isRegularFile(up.resolve("pom.xml"))) {
          return up;
        }
      }
    }
    return Path.of("");
  }

  private static Path parent(Path file) {
    Path parent = file.toAbsolutePath().getParent();
    return parent == null ? file : parent;
  }
}
