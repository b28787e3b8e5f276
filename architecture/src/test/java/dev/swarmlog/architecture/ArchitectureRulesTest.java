package dev.swarmlog.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.lang.ArchRule;
import dev.swarmlog.architecture.violations.bench.SleepsByReference;
import dev.swarmlog.architecture.violations.bench.SleepsInTimeUnits;
import dev.swarmlog.architecture.violations.bench.SleepsOnTheThread;
import dev.swarmlog.architecture.violations.conformance.FoldsWithTheSdk;
import dev.swarmlog.architecture.violations.demo.checker.ChecksThroughANeighbour;
import dev.swarmlog.architecture.violations.demo.checker.ChecksWithTheSdk;
import dev.swarmlog.architecture.violations.otel.export.Exports;
import dev.swarmlog.architecture.violations.sdk.StartsAServer;
import dev.swarmlog.architecture.violations.server.CallsGrpc;
import dev.swarmlog.architecture.violations.server.ExportsByItself;
import dev.swarmlog.architecture.violations.server.OpensRocksDb;
import dev.swarmlog.architecture.violations.server.path.accept.Accepts;
import dev.swarmlog.architecture.violations.server.path.admit.Admits;
import dev.swarmlog.architecture.violations.server.path.admit.AdmitsToo;
import dev.swarmlog.architecture.violations.server.path.admit.CallsAccept;
import dev.swarmlog.architecture.violations.server.path.batch.CallsAdmit;
import dev.swarmlog.architecture.violations.server.path.batch.LimitsARate;
import dev.swarmlog.architecture.violations.server.path.batch.TellsAListener;
import dev.swarmlog.architecture.violations.server.path.commit.DrawsLots;
import dev.swarmlog.architecture.violations.server.path.commit.LooksAtTheClock;
import dev.swarmlog.architecture.violations.server.path.commit.TakesFromBatch;
import dev.swarmlog.architecture.violations.server.path.deliver.CallsCommit;
import dev.swarmlog.architecture.violations.storage.AnswersWithAStatus;
import dev.swarmlog.architecture.violations.storage.util.HoldsEverything;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Shows of each rule that it can fail, and that it lets pass what it must. */
class ArchitectureRulesTest {

  private static final JavaClasses VIOLATIONS = CompiledClasses.ofViolations();

  @ParameterizedTest
  @MethodSource("rulesWithOffenders")
  void shouldReportTheOffenders(ArchRule rule, List<Class<?>> offenders, List<Class<?>> others) {
    // when
    List<String> failures = rule.evaluate(VIOLATIONS).getFailureReport().getDetails();

    // then
    assertThat(offenders)
        .allSatisfy(type -> assertThat(failures).anyMatch(line -> line.contains(type.getName())));
    assertThat(others)
        .allSatisfy(
            type -> assertThat(failures).noneMatch(line -> line.contains("<" + type.getName())));
  }

  static Stream<Arguments> rulesWithOffenders() {
    ArchitectureRules rules = ArchitectureRules.violations();
    return Stream.of(
        argumentSet(
            "only storage sees RocksDB",
            rules.onlyStorageSeesRocksDb(),
            List.of(OpensRocksDb.class),
            List.of(AnswersWithAStatus.class)),
        argumentSet(
            "storage does not see gRPC",
            rules.storageDoesNotSeeGrpc(),
            List.of(AnswersWithAStatus.class),
            List.of(CallsGrpc.class)),
        argumentSet(
            "only accept and grpc see gRPC",
            rules.onlyAcceptAndGrpcSeeGrpcInTheServer(),
            List.of(CallsGrpc.class),
            List.of(Accepts.class)),
        argumentSet(
            "only admit sees Bucket4j",
            rules.onlyAdmitSeesBucket4j(),
            List.of(LimitsARate.class),
            List.of(Admits.class)),
        argumentSet(
            "only export sees OpenTelemetry's SDK",
            rules.onlyExportSeesTheTelemetrySdk(),
            List.of(ExportsByItself.class),
            List.of(Exports.class)),
        argumentSet(
            "the SDK does not see the server",
            rules.sdkDoesNotSeeTheServer(),
            List.of(StartsAServer.class),
            List.of()),
        argumentSet(
            "admit calls rightwards",
            rules.pathRunsRightwards("admit"),
            List.of(CallsAccept.class),
            List.of(Admits.class)),
        argumentSet(
            "batch calls rightwards",
            rules.pathRunsRightwards("batch"),
            List.of(CallsAdmit.class),
            List.of(TellsAListener.class)),
        argumentSet(
            "commit calls rightwards",
            rules.pathRunsRightwards("commit"),
            List.of(TakesFromBatch.class),
            List.of(LooksAtTheClock.class)),
        argumentSet(
            "deliver calls rightwards",
            rules.pathRunsRightwards("deliver"),
            List.of(CallsCommit.class),
            List.of()),
        argumentSet(
            "each path package has one entry",
            rules.eachPathPackageHasOneEntry(),
            List.of(Admits.class, AdmitsToo.class),
            List.of()),
        argumentSet(
            "commit is repeatable",
            rules.commitIsRepeatable(),
            List.of(LooksAtTheClock.class, DrawsLots.class),
            List.of(TakesFromBatch.class)),
        argumentSet(
            "packages say what they hold",
            rules.packagesSayWhatTheyHold(),
            List.of(HoldsEverything.class),
            List.of(AnswersWithAStatus.class)),
        argumentSet(
            "the suite shares no code with what it checks",
            rules.suiteSharesNoCodeWithWhatItChecks(),
            List.of(FoldsWithTheSdk.class),
            List.of()),
        argumentSet(
            "the checker shares no code with the SDK",
            rules.checkerSharesNoCodeWithTheSdk(),
            List.of(ChecksWithTheSdk.class, ChecksThroughANeighbour.class),
            List.of()),
        argumentSet(
            "nobody sleeps",
            rules.nobodySleeps(),
            List.of(SleepsOnTheThread.class, SleepsInTimeUnits.class, SleepsByReference.class),
            List.of(Accepts.class)));
  }
}
