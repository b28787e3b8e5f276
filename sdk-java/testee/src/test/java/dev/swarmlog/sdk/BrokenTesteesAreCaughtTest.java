package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.conformance.CheckResult;
import dev.swarmlog.conformance.Suite;
import dev.swarmlog.conformance.cases.CaseFiles;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The suite catches what it should: each broken testee fails the check that its table names. */
@Execution(ExecutionMode.CONCURRENT)
class BrokenTesteesAreCaughtTest {
  static List<BrokenTestees.Broken> broken() {
    return BrokenTestees.all();
  }

  @ParameterizedTest
  @MethodSource("broken")
  void shouldCatch(BrokenTestees.Broken broken) throws Exception {
    // given
    Suite suite =
        new Suite(
            List.of(
                System.getProperty("java.home") + "/bin/java",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.swarmlog.sdk.Testee",
                "--broken",
                broken.name()),
            new Suite.Settings(wanted(broken), /* cuts= */ false, 1, Duration.ofSeconds(3)),
            Map.of());

    // when
    List<CheckResult> results = suite.run(CaseFiles.all(), result -> {});

    // then
    assertThat(results)
        .as("checks of " + broken.caughtBy())
        .isNotEmpty()
        .anySatisfy(
            result ->
                assertThat(result.verdict())
                    .as(result.check())
                    .isEqualTo(CheckResult.Verdict.FAILED));
  }

  private static Predicate<String> wanted(BrokenTestees.Broken broken) {
    String vectors = "vectors/";
    return broken.caughtBy().startsWith(vectors)
        ? name ->
            name.startsWith("vector %s:".formatted(broken.caughtBy().substring(vectors.length())))
        : name -> name.equals(broken.caughtBy());
  }
}
