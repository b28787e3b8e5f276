package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** That the bench measures and checks; how fast a run was is no matter here. */
class BenchIT {

  @TempDir private Path temporary;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bench fanout --swarms 1 --agents 2 --seconds 60",
        "bench reconnect --agents 5",
        "bench retry-storm --swarms 1 --agents 2 --rate 5 --seconds 60",
        "demo --storm --plain --seconds 60",
      })
  void shouldLeaveNothingWhenInterrupted(String command) throws Exception {
    // given: it has a store, and children
    Process process =
        Installation.built()
            .builder(inTemporary(), command.split(" "))
            .redirectErrorStream(true)
            .start();
    BufferedReader said = process.inputReader();
    List<ProcessHandle> children = List.of();
    while (left().isEmpty() || children.isEmpty()) {
      assertThat(said.readLine()).isNotNull();
      children = process.descendants().toList();
    }

    // when
    new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();

    // then
    assertThat(said.lines().toList()).noneMatch(line -> line.startsWith("\tat "));
    assertThat(process.waitFor()).isEqualTo(ExitCode.INTERRUPTED.number());
    assertThat(children).noneMatch(ProcessHandle::isAlive);
    assertThat(left()).isEmpty();
  }

  @Test
  void shouldLeaveNothingInTheEnd() throws Exception {
    // when
    String command = "bench fanout --swarms 1 --agents 1 --seconds 1 --warmup 1 --json";
    CommandRun run = Installation.built().run(inTemporary(), "", command.split(" "));

    // then
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(left()).isEmpty();
  }

  private Map<String, String> inTemporary() {
    return Map.of("SWARMLOG_JAVA_OPTS", "-Djava.io.tmpdir=" + temporary);
  }

  /** What Swarmlog has in the folder for temporary files. */
  private List<String> left() {
    return Stream.of(temporary.toFile().list())
        .filter(name -> name.startsWith("swarmlog-"))
        .toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "--keyed", "--rate 50"})
  void shouldMeasureAndFindEverythingDelivered(String flags) throws Exception {
    // when
    String command = "bench fanout --swarms 2 --agents 3 --seconds 1 --warmup 1 --json " + flags;
    CommandRun run = Installation.built().run(command.strip().split(" "));

    // then
    assertThat(run.exitCode()).as(run.err()).isZero();
    JsonNode result = new ObjectMapper().readTree(run.out());
    assertThat(result.get("publishPerSec").asLong()).isPositive();
    assertThat(result.get("deliveriesPerSec").asLong()).isPositive();
    assertThat(result.get("lagMs").fieldNames()).toIterable().containsExactly("p50", "p99", "p999");
    assertThat(result.get("ackMs").fieldNames()).toIterable().containsExactly("p50", "p99");
    assertThat(result.get("serverCpuSec").asDouble()).isNotNegative();
    assertThat(result.get("serverRssMiB").asLong()).isPositive();
    assertThat(result.get("lost").asLong()).isZero();
    assertThat(result.get("duplicated").asLong()).isZero();
    assertThat(result.get("outOfOrder").asLong()).isZero();
    assertThat(result.get("drifts").asLong()).isZero();
    assertThat(result.get("durability").asText()).isEqualTo("always");
  }

  @Test
  void shouldMeasureWhatLookingForDriftCosts() throws Exception {
    // when
    String command =
        "bench fanout --swarms 2 --agents 3 --seconds 1 --warmup 1 --rate 50 --check-cost 100ms --repetitions 1 --json";
    CommandRun run = Installation.built().run(command.split(" "));

    // then
    assertThat(run.exitCode()).as(run.err()).isZero();
    JsonNode result = new ObjectMapper().readTree(run.out());
    assertThat(result.get("checkCpuRatio").asDouble()).isPositive();
    assertThat(result.get("checkedCpuUsPerDelivery").get("median").asDouble()).isPositive();
    assertThat(result.get("uncheckedCpuUsPerDelivery").get("median").asDouble()).isPositive();
    assertThat(result.get("correct").asBoolean()).isTrue();
  }

  @Test
  void shouldMeasureHowSoonItAcknowledgesAfterAKill() throws Exception {
    // when
    String command = "bench recovery --operations 2e3,2e4 --swarms 2 --restarts 1 --json";
    CommandRun run = Installation.built().run(command.split(" "));

    // then
    assertThat(run.exitCode()).as(run.err()).isZero();
    JsonNode stored = new ObjectMapper().readTree(run.out()).get("stored");
    assertThat(stored).hasSize(2);
    for (JsonNode one : stored) {
      assertThat(one.get("operations").asLong()).isGreaterThan(2_000);
      double readyMs = one.get("readyMs").get("median").asDouble();
      assertThat(one.get("databaseMs").get("median").asDouble()).isBetween(0.1, readyMs);
      assertThat(one.get("firstAckMs").get("median").asDouble()).isPositive();
      assertThat(one.get("firstDeliveryMs").get("median").asDouble()).isPositive();
      assertThat(one.get("walMiB").get("median").asDouble()).isPositive();
    }
  }

  @Test
  void shouldMeasureWhatIsStoredAndWhatCompactionCosts() throws Exception {
    // when
    String command = "bench disk --operations 2e4 --swarms 2 --rate 500 --seconds 10 --json";
    CommandRun run = Installation.built().run(command.split(" "));

    // then
    assertThat(run.exitCode()).as(run.err()).isZero();
    JsonNode result = new ObjectMapper().readTree(run.out());
    assertThat(result.get("operations").asLong()).isEqualTo(20_000);
    // Payloads do not compress, so what is stored is more.
    assertThat(result.get("bytesPerPayloadByte").asDouble()).isGreaterThan(1);
    assertThat(result.get("writtenPerStoredByte").asDouble()).isGreaterThan(1);
    assertThat(result.get("familiesMibPerMillion").get("log").asDouble()).isGreaterThan(244);
    assertThat(result.get("operationsCompactedMeanwhile").asLong()).isGreaterThan(10_000);
    assertThat(result.get("ackMs").get("LOG_COMPACTION").get("groups").asLong()).isPositive();
    assertThat(result.get("ackMs").get("NOTHING").get("p99").asDouble()).isPositive();
  }

  @Test
  void shouldCountNoMoreSeriesWithMoreAgents() throws Exception {
    // when
    String command = "bench series --swarms 1,3 --agents 10,1000 --json";
    CommandRun run = Installation.built().run(command.split(" "));

    // then
    assertThat(run.exitCode()).as(run.err() + run.out()).isZero();
    JsonNode result = new ObjectMapper().readTree(run.out());
    assertThat(own(result.at("/byAgents/1000"))).isEqualTo(own(result.at("/byAgents/10")));
    assertThat(own(result.at("/bySwarms/3"))).isGreaterThan(own(result.at("/bySwarms/1")));
  }

  private static long own(JsonNode count) {
    return count.get("series").asLong() - count.get("runtimeSeries").asLong();
  }

  @Test
  void shouldRefuseToCompareRunsInOneStore() {
    // when
    CommandRun run =
        CommandRun.of("bench", "fanout", "--check-cost", "1s", "--data-directory", "data");

    // then
    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE.number());
    assertThat(run.err()).contains("--check-cost without --data-directory");
  }

  @Test
  void shouldMeasureSyncsAndFindEverythingUpToDate() throws Exception {
    // when
    String command =
        "bench sync --operations 500 --keys 20 --agents 3 --lengths 100,400 --repetitions 1 --json";
    CommandRun run = Installation.built().run(command.split(" "));

    // then
    assertThat(run.exitCode()).as(run.err()).isZero();
    JsonNode result = new ObjectMapper().readTree(run.out());
    assertThat(result.get("deltaBytesRatio").asDouble()).isBetween(0.01, 0.2);
    assertThat(result.get("speedup").asDouble()).isPositive();
    assertThat(result.get("costRatioByLength").asDouble()).isPositive();
    assertThat(result.get("stampedeP99Ms").asDouble()).isPositive();
    assertThat(result.get("syncRedundancy").asLong()).isZero();
    assertThat(result.get("mismatches").asLong()).isZero();
  }

  @Test
  void shouldMeasureAReturnBelowTheHorizonAndFindOnlyWhatDiffersSent() throws Exception {
    // when
    String command = "bench horizon --keys 2000 --differing 20 --repetitions 2 --json";
    CommandRun run = Installation.built().run(command.split(" "));

    // then
    assertThat(run.exitCode()).as(run.err()).isZero();
    JsonNode result = new ObjectMapper().readTree(run.out());
    assertThat(result.get("keysSent").asLong()).isEqualTo(18);
    assertThat(result.get("bytesRatio").asDouble()).isBetween(0.001, 0.5);
    assertThat(result.get("bytesFromAgent").asLong()).isBetween(1L, result.get("bytes").asLong());
    assertThat(result.get("returnMs").get("median").asDouble()).isPositive();
    assertThat(result.get("snapshotMs").get("median").asDouble()).isPositive();
    assertThat(result.get("repetitions").asInt()).isEqualTo(2);
    assertThat(result.get("correct").asBoolean()).isTrue();
  }

  @Test
  void shouldGoThroughARetryStormWithEveryContender() throws Exception {
    // when
    String command =
        "bench retry-storm --swarms 1 --agents 3 --rate 10 --seconds 2 --warmup 0 --json";
    CommandRun run = Installation.built().run(command.split(" "));

    // then
    assertThat(run.exitCode()).as(run.err()).isZero();
    JsonNode result = new ObjectMapper().readTree(run.out());
    assertThat(result.has("cpuRatio")).isTrue();
    assertThat(result.get("contenders").findValuesAsText("name"))
        .containsExactly("orchestrator-naive", "orchestrator-polite", "swarmlog");
    long commands = 10 * 3 * 2;
    for (JsonNode contender : result.get("contenders")) {
      assertThat(contender.get("commands").asLong()).isEqualTo(commands);
      JsonNode phases = contender.get("phases");
      assertThat(phases.fieldNames())
          .toIterable()
          .containsExactly("before", "during", "stormFailing", "stormOnly", "after");
      assertThat(phases.get("during").has("p99Ms")).isTrue();
      long asked =
          contender.get("stormAnswered").asLong()
              + contender.get("stormRefused").asLong()
              + contender.get("stormHeldBack").asLong();
      assertThat(asked).as(contender.toString()).isPositive();
      // What an orchestrator loses is a figure; on a busy machine its deadlines pass, too.
      assertThat(contender.get("lost").asLong())
          .as(contender.toString())
          .isBetween(0L, contender.get("name").asText().equals("swarmlog") ? 0 : commands - 1);
    }
  }

  @Test
  void shouldSayWhichMisbehavioursThereAre() {
    // when
    CommandRun run = CommandRun.of("bench", "retry-storm", "--misbehaviour", "reconnect,sulk");

    // then
    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE.number());
    assertThat(run.err()).contains("reconnect, publish").contains("'sulk'");
  }

  @Test
  void shouldRefuseAStormWithoutHalves() {
    // when
    CommandRun run = CommandRun.of("bench", "retry-storm", "--seconds", "1");

    // then
    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE.number());
    assertThat(run.err()).contains("--seconds 2 or more");
  }

  @Test
  void shouldMeasureWhatFloodsDoToOthersAndFindNothingMissing() throws Exception {
    // when
    String command =
        "bench isolation --swarms 2 --agents 2 --rate 20 --factor 10 --warmup 1 --seconds 1 --rounds 1 --behind 500"
            + " --readers 2 --json";
    CommandRun run = Installation.built().run(command.split(" "));

    // then
    assertThat(run.exitCode()).as(run.err()).isZero();
    JsonNode result = new ObjectMapper().readTree(run.out());
    for (String kind : List.of("swarmFlood", "agentFlood", "catchUp")) {
      JsonNode measured = result.get(kind);
      assertThat(measured.get("p99Ratio").asDouble()).as(kind).isPositive();
      assertThat(measured.get("quiet").get("floodPerSec").asLong()).as(kind).isZero();
      assertThat(measured.get("quiet").get("operations").asLong()).as(kind).isPositive();
    }
    assertThat(result.get("swarmFlood").get("disturbed").get("floodPerSec").asLong()).isPositive();
    assertThat(result.get("agentFlood").get("disturbed").get("floodPerSec").asLong()).isPositive();
    assertThat(result.get("liveAfterMs").get("median").asDouble()).isPositive();
    assertThat(result.get("misplaced").asLong()).isZero();
  }

  @Test
  void shouldMeasureHowSoonAFloodIsClosedAndFindNothingMissing() throws Exception {
    // when
    String command =
        "bench floods --kinds rapid-reset --agents 2 --rate 50 --warmup 1 --seconds 1 --json";
    CommandRun run = Installation.built().run(command.split(" "));

    // then
    assertThat(run.exitCode()).as(run.err()).isZero();
    JsonNode result = new ObjectMapper().readTree(run.out());
    assertThat(result.get("kinds")).hasSize(1);
    JsonNode kind = result.get("kinds").get(0);
    assertThat(kind.get("name").asText()).isEqualTo("rapid-reset");
    assertThat(kind.get("connections").asLong()).isGreaterThan(1);
    assertThat(kind.get("refused").asLong()).isLessThan(kind.get("connections").asLong());
    assertThat(kind.get("closedAfterMs").get("max").asDouble()).isBetween(0.01, 10_000.0);
    assertThat(kind.get("quiet").get("operations").asLong()).isPositive();
    assertThat(kind.get("during").get("operations").asLong()).isPositive();
    assertThat(kind.get("p99Ratio").asDouble()).isPositive();
    assertThat(kind.get("heapBeforeMiB").asDouble()).isPositive();
    assertThat(kind.get("heapAfterMiB").asDouble()).isPositive();
    assertThat(result.get("notClosed").asLong()).isZero();
    assertThat(result.get("misplaced").asLong()).isZero();
  }

  @Test
  void shouldSayWhichFloodsThereAre() {
    // when
    CommandRun run = CommandRun.of("bench", "floods", "--kinds", "rapid-reset,rain");

    // then
    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE.number());
    assertThat(run.err()).contains("settings-flood, ").contains("'rain'");
  }

  @Test
  void shouldMeasureHowAgentsComeBackToACoordinatorThatWasKilled() throws Exception {
    // when
    CommandRun run = Installation.built().run("bench", "reconnect", "--agents", "20", "--json");

    // then
    assertThat(run.exitCode()).as(run.err()).isZero();
    JsonNode result = new ObjectMapper().readTree(run.out());
    assertThat(result.get("reached").asInt()).isEqualTo(20);
    assertThat(result.get("allBackMs").asLong()).isPositive();
    assertThat(result.get("attemptsPer100Ms").isArray()).isTrue();
  }

  @Test
  void shouldRefuseAnIsolationBenchWithTooFewSwarms() {
    // when
    CommandRun run = CommandRun.of("bench", "isolation", "--swarms", "1");

    // then
    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE.number());
    assertThat(run.err()).contains("Expected --swarms to be 2 or more").contains("got 1");
  }

  @Test
  void shouldRefuseThatMoreKeysDifferThanThereAre() {
    // when
    CommandRun run = CommandRun.of("bench", "horizon", "--keys", "10", "--differing", "11");

    // then
    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE.number());
    assertThat(run.err()).contains("Expected --differing from 1 to --keys, 10, but got 11");
  }

  @Test
  void shouldSayWhichLengthsAreExpected() {
    // when
    CommandRun run = CommandRun.of("bench", "sync", "--lengths", "abc");

    // then
    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE.number());
    assertThat(run.err()).contains("such as 10000,100000, but got 'abc'");
  }

  @Test
  void shouldRefuseLengthsBelowTheNumberOfKeys() {
    // when
    CommandRun run = CommandRun.of("bench", "sync", "--keys", "10", "--lengths", "5,20");

    // then
    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE.number());
    assertThat(run.err()).contains("Expected --lengths to ascend from --keys, 10, on");
  }

  @Test
  void shouldRefuseAPayloadThatHoldsNoTime() {
    // when
    CommandRun run = CommandRun.of("bench", "fanout", "--bytes", "8");

    // then
    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE.number());
    assertThat(run.err()).contains("--bytes");
  }
}
