package dev.swarmlog.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds the production code to the {@link ArchitectureRules}. */
class ArchitectureTest {

  static final List<String> MODULES = CompiledClasses.MODULES;

  private static final JavaClasses PRODUCTION = CompiledClasses.ofProduction();

  static Stream<ArchRule> rules() {
    ArchitectureRules rules = ArchitectureRules.production();
    return Stream.concat(
        Stream.of(
            rules.onlyStorageSeesRocksDb(),
            rules.storageDoesNotSeeGrpc(),
            rules.onlyAcceptAndGrpcSeeGrpcInTheServer(),
            rules.onlyAdmitSeesBucket4j(),
            rules.onlyExportSeesTheTelemetrySdk(),
            rules.sdkDoesNotSeeTheServer(),
            rules.eachPathPackageHasOneEntry(),
            rules.commitIsRepeatable(),
            rules.packagesSayWhatTheyHold(),
            rules.checkerSharesNoCodeWithTheSdk(),
            rules.suiteSharesNoCodeWithWhatItChecks(),
            rules.nobodySleeps()),
        ArchitectureRules.PATH.stream().skip(1).map(rules::pathRunsRightwards));
  }

  @ParameterizedTest
  @MethodSource("rules")
  void shouldKeepTheRule(ArchRule rule) {
    rule.check(PRODUCTION);
  }

  @Test
  void shouldNotSleepInTests() {
    ArchitectureRules.production().nobodySleeps().check(CompiledClasses.ofTests());
  }

  /**
   * A rule about a package that has no classes checks nothing: reported as skipped, so that a
   * rename is not silent.
   */
  @ParameterizedTest
  @MethodSource("packagesNamedByRules")
  void shouldFindClassesInThePackagesThatRulesName(String name) {
    boolean hasClasses =
        PRODUCTION.stream().anyMatch(type -> (type.getPackageName() + ".").startsWith(name + "."));

    assumeThat(hasClasses).as("%s has classes for the rules to check", name).isTrue();
  }

  static Stream<String> packagesNamedByRules() {
    return Stream.concat(
            Stream.of(
                "storage", "server.grpc", "otel.export", "sdk", "demo.checker", "conformance"),
            ArchitectureRules.PATH.stream().map(step -> "server.path." + step))
        .map(name -> ArchitectureRules.production().root() + "." + name);
  }

  /** Guards the imports themselves: sources that the rules never saw would pass every rule. */
  @ParameterizedTest
  @FieldSource("MODULES")
  void shouldSeeTheClassesOfEachModuleWithSources(String module) {
    assumeThat(CompiledClasses.hasSources(module, "src/main/java"))
        .as("%s has sources", module)
        .isTrue();
    String name =
        switch (module) {
          case "sdk-java/agent" -> "sdk";
          case "sdk-java/testing" -> "testing";
          case "sdk-java/testee" -> "testee";
          case "sdk-generated/generator" -> "generate";
          case "otel/instruments" -> "otel";
          case "otel/export" -> "otel.export";
          case "otel/testing" -> "otel.testing";
          case "reliability/histories" -> "reliability.history";
          case "reliability/bugs" -> "reliability.bug";
          default -> module;
        };
    String prefix = ArchitectureRules.production().root() + "." + name;

    assertThat(PRODUCTION.stream().filter(type -> type.getPackageName().startsWith(prefix)))
        .as("classes below %s", prefix)
        .isNotEmpty();
  }

  @Test
  void shouldSeeTheTestsOfAModuleWithTests() {
    assumeThat(
            MODULES.stream()
                .anyMatch(module -> CompiledClasses.hasSources(module, "src/test/java")))
        .as("some module has tests")
        .isTrue();

    assertThat(CompiledClasses.ofTests()).isNotEmpty();
  }
}
