package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the {@code console} blocks of the README one after the other, and holds the answers to what
 * is shown. A line that starts with a dollar sign is a command; what follows it is its answer.
 */
class DocumentedCommandsIT {

  private static final Pattern BLOCK =
      Pattern.compile("^```console\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);
  private static final String PROMPT = "$ ./swarmlog ";

  /** What differs from run to run: dates, times of day, identifiers and digests. */
  private static final Pattern VARYING =
      Pattern.compile(
          "\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z|\\d\\d:\\d\\d:\\d\\d\\.\\d{3}|[0-9a-f]{32}|[0-9a-f]{16}");

  private static final Pattern ARGUMENT = Pattern.compile("'([^']*)'|(\\S+)");

  @TempDir private Path folder;

  /** A command line and the lines that are shown below it. */
  private record Example(List<String> arguments, List<String> answer) {}

  @Test
  void shouldAnswerAsTheReadmeShows() throws Exception {
    // given
    Installation installation = Installation.built();
    List<Example> examples = examples(Files.readString(Path.of("..", "README.md")));
    assertThat(examples).hasSizeGreaterThan(5);

    // One shard, as the number of a swarm's shard is shown.
    try (Coordinator coordinator =
        Coordinator.start(installation, folder.resolve("data"), "--shards", "1")) {
      boolean refused = false;
      for (Example example : examples) {
        if (example.arguments().get(0).equals("parked") && !refused) {
          refused = true;
          refuseTheFirst(coordinator);
        }

        // when
        CommandRun run =
            installation.run(
                Map.of("SWARMLOG_SERVER", coordinator.target()),
                "",
                example.arguments().toArray(String[]::new));

        // then
        assertThat(run.exitCode()).as(example.arguments() + run.err()).isZero();
        List<String> shown = comparable(example.answer());
        // A terminal shows both; only results go to standard output.
        shown.removeAll(comparable(run.err().lines().toList()));
        assertThat(comparable(run.out().lines().toList()))
            .as(example.arguments().toString())
            .isEqualTo(shown);
      }
    }
  }

  /** What the README says has happened before it shows what is parked. */
  private static void refuseTheFirst(Coordinator coordinator) throws Exception {
    try (RefusingAgent agent = new RefusingAgent(coordinator.target(), "fleet", "a7")) {
      agent.awaitOperation(1);
      agent.park(1);
      // The alert, so that it is there whatever comes next.
      agent.awaitOperation(4);
    }
  }

  private static List<Example> examples(String page) {
    List<Example> examples = new ArrayList<>();
    Matcher block = BLOCK.matcher(page);
    while (block.find()) {
      for (String line : block.group(1).lines().toList()) {
        if (line.startsWith("$")) {
          assertThat(line).startsWith(PROMPT);
          examples.add(new Example(arguments(line.substring(PROMPT.length())), new ArrayList<>()));
        } else {
          examples.get(examples.size() - 1).answer().add(line);
        }
      }
    }
    return examples;
  }

  /** Splits as a shell does, as far as the examples need it: at spaces, but not within quotes. */
  private static List<String> arguments(String commandLine) {
    return ARGUMENT
        .matcher(commandLine)
        .results()
        .map(argument -> argument.group(1) != null ? argument.group(1) : argument.group(2))
        .toList();
  }

  private static List<String> comparable(List<String> lines) {
    List<String> comparable = new ArrayList<>();
    lines.forEach(line -> comparable.add(VARYING.matcher(line).replaceAll("~").stripTrailing()));
    return comparable;
  }
}
