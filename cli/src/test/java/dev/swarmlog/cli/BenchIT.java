package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** That the bench measures and checks; how fast a run was is no matter here. */
class BenchIT {

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
    assertThat(result.get("durability").asText()).isEqualTo("always");
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
