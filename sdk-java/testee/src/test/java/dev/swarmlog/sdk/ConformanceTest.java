package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.conformance.CheckResult;
import dev.swarmlog.conformance.Suite;
import dev.swarmlog.conformance.cases.CaseFiles;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * The Java SDK passes the conformance suite, but for the cuts: {@code ./swarmlog conformance java}
 * is run with those, by {@code .ci/run} too.
 */
class ConformanceTest {
  @Test
  void shouldPassEveryCase() throws Exception {
    // given
    Suite suite =
        new Suite(
            List.of(
                System.getProperty("java.home") + "/bin/java",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.swarmlog.sdk.Testee"),
            new Suite.Settings(check -> true, /* cuts= */ false, 2, Duration.ofSeconds(20)),
            Map.of());

    // when
    List<CheckResult> results = suite.run(CaseFiles.all(), result -> {});

    // then
    assertThat(results)
        .isNotEmpty()
        .allSatisfy(
            result ->
                assertThat(result.verdict())
                    .as(result.check() + ": " + result.why() + String.join("\n  ", result.story()))
                    .isEqualTo(CheckResult.Verdict.PASSED));
  }
}
