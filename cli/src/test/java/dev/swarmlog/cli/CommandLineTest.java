package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class CommandLineTest {

  @Test
  void shouldShowWhatThereIsWhenCalledAlone() {
    // when
    CommandRun run = CommandRun.of();

    // then
    assertThat(run.exitCode()).isEqualTo(ExitCode.OK.number());
    assertThat(run.out())
        .contains(
            "serve", "publish", "tail", "sync", "diff", "swarms", "compact", "limits", "agents",
            "drift", "status", "version", "trace", "replay", "top")
        .contains("To begin:");
  }

  @ParameterizedTest
  @ValueSource(strings = {"version", "version --json", "bench --help", "--help", "completion"})
  void shouldSayWhyTheOutputCannotBeWritten(String command) {
    // given
    StringWriter err = new StringWriter();
    PrintWriter full = new ResultWriter(failing("No space left on device"));

    // when
    int code = Main.run(full, new PrintWriter(err), command.split(" "));

    // then
    assertThat(code).isEqualTo(ExitCode.FAILURE.number());
    assertThat(err.toString())
        .contains("Expected to write to standard output, but: No space left on device.")
        .doesNotContain("\tat ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"version", "bench --help"})
  void shouldEndQuietlyWhenTheReaderHasGone(String command) {
    // given
    StringWriter err = new StringWriter();
    PrintWriter closed = new ResultWriter(failing("Broken pipe"));

    // when
    int code = Main.run(closed, new PrintWriter(err), command.split(" "));

    // then
    assertThat(code).isEqualTo(ExitCode.PIPE_CLOSED.number());
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void shouldSayWhichFlagOfALimitIsThereTwice() {
    // when
    CommandRun run =
        CommandRun.of("limits", "fleet", "--agent-rate", "5/s", "--agent-rate", "6/s", "--json");

    // then
    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE.number());
    assertThat(run.err()).contains("Expected --agent-rate at most once, but got it again.\"");
  }

  @Test
  void shouldNameTheLogsThatThereAre() {
    // when
    CommandRun run = CommandRun.of("parked", "show", "fleet", "a7", "3", "--log", "telemetry");

    // then
    assertThat(run.err()).contains("Expected main or control, but got 'telemetry'.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"limits", "drift", "compact --up-to 3"})
  void shouldRefuseAnEmptyNameBeforeAnythingIsSent(String command) {
    // given
    List<String> words = new ArrayList<>(List.of(command.split(" ")));
    words.add("");

    // when
    CommandRun run = CommandRun.of(words.toArray(String[]::new));

    // then
    assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.USAGE.number());
  }

  private static OutputStream failing(String message) {
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        throw new IOException(message);
      }
    };
  }

  @ParameterizedTest
  @MethodSource("allCommands")
  void shouldExplainEveryCommand(String command) {
    // when
    CommandRun run = CommandRun.of((command + " --help").strip().split(" "));

    // then
    assertThat(run.exitCode()).isEqualTo(ExitCode.OK.number());
    assertThat(run.out()).contains("Usage: swarmlog", "--help");
    assertThat(run.err()).isEmpty();
  }

  @Test
  void shouldOfferJsonOnEveryCommandThatAnswers() {
    for (String command : allCommands().toList()) {
      CommandLine line = find(command);
      boolean answers =
          line.getSubcommands().isEmpty() || List.of("swarms", "sdk").contains(command);
      if (answers && !command.equals("completion")) {
        assertThat(line.getCommandSpec().optionsMap()).as(command).containsKey("--json");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "serv",
        "publish",
        "publish fleet x --topic nonsense",
        "publish fleet x --target bob",
        "publish fleet x --file y",
        "publish fleet --delete",
        "publish fleet --key k --delete payload",
        "publish fleet --key k --delete --expires-in 10s",
        "publish fleet x --expires-in 0s",
        "publish fleet x --expires-in 999999999h",
        "publish fleet x --expires-in soon",
        "publish fleet --file /does/not/exist",
        "tail fleet --from 1 --last 2",
        "tail fleet --from 0",
        "tail fleet alerts",
        "status --timeout 0s",
        "parked list fleet --timeout 0ms",
        "tail fleet --last -1",
        "tail fleet --topic commands,telemetry",
        "sync fleet --from 12",
        "sync fleet --from main:12",
        "sync fleet --from control:0 --topic commands",
        "sync fleet --topic telemetry",
        "sync fleet --elisions 5",
        "sync fleet --explain --elisions 1001",
        "sync fleet --explain --elisions -1",
        "compact fleet",
        "compact fleet --up-to soon",
        "compact fleet --up-to 3 --log telemetry",
        "compact fleet --up-to main:3 --log control",
        "limits",
        "limits fleet --agent-rate 0/s",
        "limits fleet --agent-rate -5/s",
        "limits fleet --agent-rate 1000000001/s",
        "limits fleet --agent-rate fast",
        "limits fleet --agent-rate 1MiB/s",
        "limits fleet --agent-burst 0",
        "limits fleet --agent-burst 10/s",
        "limits fleet --swarm-bytes 1023",
        "limits fleet --swarm-bytes 932GiB/s",
        "limits fleet --swarm-bytes-burst 1.5MiB",
        "limits fleet --topic commands",
        "limits fleet --topic nonsense --agent-rate 5/s",
        "diff fleet",
        "diff fleet --from telemetry:1",
        "diff fleet --from 1@2",
        "diff fleet --from soon",
        "diff fleet --from 1 --to control:2",
        "diff fleet --from control:1 --topic commands",
        "diff fleet --from -1",
        "diff fleet --from 1 --agents a7",
        "diff fleet --agents a7 --to 5",
        "diff fleet --agents a7 --topic commands",
        "diff fleet --agents a7 --agent a8",
        "diff fleet --agents a7 a7",
        "diff fleet --agents a7 --log telemetry",
        "diff fleet --from 1 --log control",
        "diff fleet --agents",
        "diff fleet --agents a7 a8 --agents a9",
        "drift",
        "drift fleet --release",
        "parked lst",
        "parked list",
        "parked list fleet a7",
        "parked list fleet --agent",
        "parked show fleet a7",
        "parked show fleet a7 0",
        "parked show fleet a7 -1",
        "parked show fleet a7 soon",
        "parked show fleet a7 control:3 --log main",
        "parked show fleet a7 3 --log telemetry",
        "parked replay fleet",
        "parked replay fleet a7",
        "parked replay fleet --all",
        "parked replay fleet a7 0",
        "parked replay fleet a7 12 --all",
        "parked replay fleet a7 main:12 --log control",
        "parked purge",
        "parked purge fleet",
        "parked purge fleet a7",
        "parked purge fleet 12",
        "parked purge fleet a7 12 --all",
        "parked purge fleet a7 12 13",
        "diff fleet --from 1 --to 0",
        "diff fleet --from 3 --to 2",
        "diff fleet --from 0 --topic telemetry",
        "diff fleet --from 0 --topic control,alerts",
        "sdk generate",
        "sdk generate go",
        "sdk generate --out x",
        "sdk generate cobol --out x",
        "sdk generate go rust --out x",
        "status --server nowhere",
        "status --server localhost:port",
        "status --server localhost:0",
        "status --server localhost:65536",
        "status --timeout soon",
        "status --tls-cert x",
        "status --plaintext --tls-ca x",
        "serve --port",
        "serve --no-such-flag",
      })
  void shouldRefuseAWrongCommandLineWithExitCodeTwo(String command) {
    // when
    CommandRun run = CommandRun.of(command.split(" "));

    // then
    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE.number());
    assertThat(run.out().lines().filter(line -> !line.startsWith("      OP"))).isEmpty();
    assertThat(run.err()).startsWith("swarmlog: ").contains("--help").doesNotContain("\tat ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "publish|@|x",
        "publish|fleet|x|--key|@",
        "publish|fleet|x|--publisher|@",
        "publish|fleet|x|--target|agent:@",
        "publish|fleet|x|--target|role:@",
        "tail|@",
        "tail|fleet|--agent|@",
        "sync|@",
        "sync|fleet|--agent|@",
        "sync|fleet|--role|@,scout",
        "sync|fleet|--role|@",
        "diff|@|--from|0",
        "diff|fleet|--from|0|--agent|@",
        "diff|fleet|--from|0|--role|@",
        "agents|@",
        "parked|list|@",
        "parked|list|fleet|--agent|@",
        "parked|show|@|a7|1",
        "parked|show|fleet|@|1",
        "parked|replay|fleet|@|1",
        "parked|purge|fleet|@|1",
        "swarms|create|@",
        "swarms|show|@",
      })
  void shouldRefuseNamesThatNoCoordinatorTakes(String command) {
    // when
    CommandRun empty = CommandRun.of(command.replace("@", "").split("\\|", -1));
    CommandRun control = CommandRun.of(command.replace("@", "a\tb").split("\\|"));
    CommandRun tooLong = CommandRun.of(command.replace("@", "é".repeat(513)).split("\\|"));

    // then
    assertRefusedName(empty, "to be set, but it is empty.");
    assertRefusedName(control, "without control characters, but there is one at 1.");
    assertRefusedName(tooLong, "bytes, but it has 1026.");
  }

  private static void assertRefusedName(CommandRun run, String why) {
    assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.USAGE.number());
    assertThat(run.err()).startsWith("swarmlog: Invalid value for ").contains(why, "--help");
  }

  @Test
  void shouldTakeNamesWithSpaces() {
    // when
    CommandRun run = CommandRun.of("sync", "fleet one", "--role", "a b", "--server", "localhost:1");

    // then
    assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.UNAVAILABLE.number());
  }

  @Test
  void shouldSayWhereTopicsGo() {
    assertThat(CommandRun.of("tail", "fleet", "alerts").err())
        .contains(
            "Expected SWARM alone, but got 'alerts', too. Topics go with --topic:"
                + " `swarmlog tail fleet --topic alerts`.");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--agent-rate 0.1/s",
        "--agent-rate 5/m",
        "--agent-rate 1,000/s",
        "--agent-rate 1e3/s",
        "--agent-rate 99999999999999/s",
        "--agent-bytes 99999TiB/s",
        "--agent-bytes 99999GiB/s",
        "--swarm-bytes-burst 1.5MiB",
      })
  void shouldNameFormUnitsAndRangeOfARate(String flag) {
    // when
    CommandRun run = CommandRun.of(("limits fleet " + flag).split(" "));

    // then
    assertThat(run.err()).contains("such as ", "or none", "a whole number without separators");
    if (flag.contains("bytes")) {
      assertThat(run.err()).contains("B, KB, KiB, MB, MiB, GB or GiB", "from 1KiB to 1000GB.");
    } else {
      assertThat(run.err()).contains("per second such as 100/s", "from 1 to 1000000000.");
    }
  }

  @Test
  void shouldSuggestTheCommandThatWasMeant() {
    // when
    CommandRun run = CommandRun.of("swarm");

    // then
    assertThat(run.err()).contains("swarms");
  }

  @Test
  void shouldReportAWrongCommandLineInJson() throws Exception {
    // when
    CommandRun run = CommandRun.of("tail", "fleet", "--from", "0", "--json");

    // then
    JsonNode error = new ObjectMapper().readTree(run.err()).get("error");
    assertThat(error.get("exitCode").asInt()).isEqualTo(ExitCode.USAGE.number());
    assertThat(error.get("kind").asText()).isEqualTo("USAGE");
    assertThat(error.get("message").asText()).contains("--from");
    assertThat(run.err().lines()).hasSize(1);
  }

  @Test
  void shouldReportACoordinatorThatIsNotThere() throws Exception {
    // given a port that nobody listens on
    int port;
    try (java.net.ServerSocket socket = new java.net.ServerSocket(0)) {
      port = socket.getLocalPort();
    }

    // when
    CommandRun run = CommandRun.of("status", "--server", "localhost:" + port);

    // then
    assertThat(run.exitCode()).isEqualTo(ExitCode.UNAVAILABLE.number());
    assertThat(run.err())
        .contains(
            "Expected a coordinator at localhost:" + port,
            "Connection refused",
            "`swarmlog serve --port " + port + "`")
        .doesNotContain("\tat ", "Exception");
    assertThat(run.out()).isEmpty();
  }

  @Test
  void shouldShowAStackTraceOnlyWhenAskedTo() {
    // when
    CommandRun run = CommandRun.of("status", "--server", "localhost:1", "--debug");

    // then
    assertThat(run.err()).contains("\tat ");
  }

  @Test
  void shouldAnswerTheVersionInJson() throws Exception {
    // when
    CommandRun run = CommandRun.of("version", "--json");

    // then
    assertThat(new ObjectMapper().readTree(run.out()).has("version")).isTrue();
  }

  @Test
  void shouldShowTheVersionByFlagToo() {
    assertThat(CommandRun.of("--version").out()).isEqualTo(CommandRun.of("version").out());
  }

  @Test
  void shouldGenerateACompletionScript() {
    // when
    CommandRun run = CommandRun.of("completion");

    // then
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).contains("complete -F", "publish", "reconciliation");
  }

  static Stream<String> allCommands() {
    List<String> names = new ArrayList<>();
    Deque<CommandLine> open = new ArrayDeque<>();
    open.add(root());
    while (!open.isEmpty()) {
      CommandLine command = open.poll();
      if (command.getCommandSpec().usageMessage().hidden()) {
        continue;
      }
      String name = command.getCommandSpec().qualifiedName(" ").replaceFirst("^swarmlog ?", "");
      names.add(name);
      open.addAll(command.getSubcommands().values());
    }
    return names.stream();
  }

  private static CommandLine find(String command) {
    CommandLine line = root();
    for (String name : command.isEmpty() ? new String[0] : command.split(" ")) {
      line = line.getSubcommands().get(name);
    }
    return line;
  }

  private static CommandLine root() {
    PrintWriter nowhere = new PrintWriter(java.io.Writer.nullWriter());
    return Main.commandLine(nowhere, nowhere);
  }
}
