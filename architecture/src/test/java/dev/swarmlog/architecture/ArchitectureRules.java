package dev.swarmlog.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.conditions.ArchConditions.dependOnClassesThat;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.all;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static java.util.stream.Collectors.groupingBy;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.AbstractClassesTransformer;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The rules of the package structure, below one root package. Production code lies below {@code
 * dev.swarmlog}; the fixtures that break each rule lie below {@link #violations()}, in the same
 * shape.
 *
 * @param root the package above {@code storage}, {@code server}, {@code sdk} and so on
 */
record ArchitectureRules(String root) {

  /** The data path from left to right: the order of the packages in {@code server.path}. */
  static final List<String> PATH = List.of("accept", "admit", "batch", "commit", "deliver");

  private static final String GRPC = "io.grpc..";

  /** The services in the generated code; its messages are everybody's. */
  private static final DescribedPredicate<JavaClass> GENERATED_SERVICE =
      describe(
          "generated gRPC services",
          type -> type.getName().matches("dev\\.swarmlog\\..*v1\\.\\w+Grpc(\\$.*)?"));

  private static final DescribedPredicate<JavaClass> GRPC_TYPE =
      resideInAPackage(GRPC).or(GENERATED_SERVICE).as("are part of gRPC");

  /**
   * Dagger writes classes into the packages of what they build, names all types, and is trusted.
   */
  private static final DescribedPredicate<JavaClass> WRITTEN_BY_DAGGER =
      describe("written by Dagger", ArchitectureRules::isWrittenByDagger);

  private static final Set<String> SLEEPERS =
      Set.of(
          "java.lang.Thread.sleep",
          "java.util.concurrent.TimeUnit.sleep",
          "com.google.common.util.concurrent.Uninterruptibles.sleepUninterruptibly");

  private static final Set<String> UNREPEATABLE =
      Set.of(
          "java.lang.System.currentTimeMillis",
          "java.lang.System.nanoTime",
          "java.lang.System.getenv",
          "java.lang.System.getProperty",
          "java.lang.System.identityHashCode",
          "java.lang.Math.random",
          "java.time.Instant.now",
          "java.time.LocalDate.now",
          "java.time.LocalDateTime.now",
          "java.time.ZonedDateTime.now",
          "java.time.Clock.systemUTC",
          "java.time.Clock.systemDefaultZone",
          "java.util.UUID.randomUUID",
          "java.util.Random.<init>",
          "java.security.SecureRandom.<init>",
          "java.util.concurrent.ThreadLocalRandom.current",
          "java.util.Locale.getDefault",
          "java.util.TimeZone.getDefault",
          "java.time.ZoneId.systemDefault");

  static ArchitectureRules production() {
    return new ArchitectureRules("dev.swarmlog");
  }

  static ArchitectureRules violations() {
    return new ArchitectureRules("dev.swarmlog.architecture.violations");
  }

  ArchRule onlyStorageSeesRocksDb() {
    return noClasses()
        .that(resideOutsideOfPackages(root + ".storage.."))
        .should(dependOnClassesThat(resideInAPackage("org.rocksdb..")))
        .because(
            "native handles must be closed in order behind one guard, and a log kept by Raft must be"
                + " able to take the place of RocksDB's without a change elsewhere")
        .allowEmptyShould(true);
  }

  ArchRule storageDoesNotSeeGrpc() {
    return noClasses()
        .that(resideInAPackage(root + ".storage.."))
        .should(dependOnClassesThat(GRPC_TYPE))
        .because(
            "a store reports what happened as values; which gRPC status that becomes is one table"
                + " in the server")
        .allowEmptyShould(true);
  }

  ArchRule onlyAcceptAndGrpcSeeGrpcInTheServer() {
    return noClasses()
        .that(
            resideInAPackage(root + ".server..")
                .and(
                    resideOutsideOfPackages(
                        root + ".server.path.accept..", root + ".server.grpc.."))
                .and(not(WRITTEN_BY_DAGGER)))
        .should(dependOnClassesThat(GRPC_TYPE))
        .because(
            "the path must run in a simulation that steps clock and network itself, and flow control"
                + " is decided where the streams are")
        .allowEmptyShould(true);
  }

  ArchRule onlyAdmitSeesBucket4j() {
    return noClasses()
        .that(resideOutsideOfPackages(root + ".server.path.admit..").and(not(WRITTEN_BY_DAGGER)))
        .should(dependOnClassesThat(resideInAPackage("io.github.bucket4j..")))
        .because("early refusals have one place, so that safety actions can bypass all of them")
        .allowEmptyShould(true);
  }

  ArchRule onlyExportSeesTheTelemetrySdk() {
    return noClasses()
        .that(resideOutsideOfPackages(root + ".otel.export..", root + ".testee.."))
        .should(
            dependOnClassesThat(
                resideInAnyPackage(
                    "io.opentelemetry.sdk..", "io.opentelemetry.exporter..", "io.prometheus..")))
        .because(
            "what tells something must not know where it goes, so that it costs nothing when it goes"
                + " nowhere, and so that an agent works with its user's own SDK")
        .allowEmptyShould(true);
  }

  ArchRule sdkDoesNotSeeTheServer() {
    return noClasses()
        .that(resideInAPackage(root + ".sdk.."))
        .should(
            dependOnClassesThat(
                resideInAnyPackage(
                    root + ".server..",
                    root + ".storage..",
                    root + ".testing..",
                    root + ".demo..",
                    root + ".bench..",
                    root + ".cli..")))
        .because(
            "an agent knows the contract and nothing else: the SDKs of the other languages have no"
                + " more than that either")
        .allowEmptyShould(true);
  }

  /**
   * The rule for one step of the path: it depends on nothing to its left, except on a listener,
   * which the left side declares to be told what comes back.
   */
  ArchRule pathRunsRightwards(String step) {
    List<String> left = PATH.subList(0, PATH.indexOf(step));
    String[] leftPackages =
        left.stream().map(name -> root + ".server.path." + name + "..").toArray(String[]::new);
    DescribedPredicate<JavaClass> listener =
        describe(
            "listeners", type -> type.isInterface() && type.getSimpleName().endsWith("Listener"));
    return noClasses()
        .that(resideInAPackage(root + ".server.path." + step + "..").and(not(WRITTEN_BY_DAGGER)))
        .should(
            dependOnClassesThat(
                resideInAnyPackage(leftPackages)
                    .and(not(listener))
                    .as("lie to the left, in %s, and are not listeners", left)))
        .because(
            "calls go rightwards only (accept, admit, batch, commit, deliver): a call back would run"
                + " on the wrong thread; what must come back comes through an interface *Listener")
        .allowEmptyShould(true);
  }

  ArchRule eachPathPackageHasOneEntry() {
    return all(new PackagesOfThePath(root + ".server.path."))
        .should(haveAtMostOnePublicClass())
        .because(
            "one public entry type per step, plus the records, enums and interfaces it speaks, shows"
                + " who may call whom")
        .allowEmptyShould(true);
  }

  ArchRule commitIsRepeatable() {
    return noClasses()
        .that(resideInAPackage(root + ".server.path.commit..").and(not(WRITTEN_BY_DAGGER)))
        .should()
        .accessTargetWhere(accessTo("clock, randomness or environment", UNREPEATABLE))
        .because(
            "apply is a pure function of state and entry: what it needs of the time is stamped into"
                + " the entry, and what only measures takes an injected clock")
        .allowEmptyShould(true);
  }

  ArchRule packagesSayWhatTheyHold() {
    String[] vague =
        List.of("util", "utils", "common", "impl", "manager", "managers", "helper", "helpers")
            .stream()
            .map(name -> root + ".." + name + "..")
            .toArray(String[]::new);
    return noClasses()
        .should()
        .resideInAnyPackage(vague)
        .because("a folder named for nothing collects everything; packages are cut by feature")
        .allowEmptyShould(true);
  }

  ArchRule suiteSharesNoCodeWithWhatItChecks() {
    return noClasses()
        .that(resideInAPackage(root + ".conformance.."))
        .should()
        .transitivelyDependOnClassesThat(
            resideInAnyPackage(root + ".sdk..", root + ".server..", root + ".storage.."))
        .because(
            "a suite that shares code with an SDK, or with the coordinator, shares their mistakes")
        .allowEmptyShould(true);
  }

  ArchRule checkerSharesNoCodeWithTheSdk() {
    return noClasses()
        .that(resideInAPackage(root + ".demo.checker.."))
        .should()
        .transitivelyDependOnClassesThat(resideInAPackage(root + ".sdk.."))
        .because("a checker that shares code with what it checks shares its mistakes")
        .allowEmptyShould(true);
  }

  ArchRule nobodySleeps() {
    return noClasses()
        .should()
        .accessTargetWhere(accessTo("a sleep", SLEEPERS))
        .because(
            "a sleep is a guess: tests await a condition or step a virtual clock, and the rest is"
                + " scheduled on an injected executor")
        .allowEmptyShould(true);
  }

  private static DescribedPredicate<JavaAccess<?>> accessTo(String what, Set<String> members) {
    return describe(
        "is " + what,
        access ->
            members.contains(
                access.getTarget().getOwner().getName() + "." + access.getTarget().getName()));
  }

  private static boolean isWrittenByDagger(JavaClass type) {
    JavaClass outermost = type;
    while (outermost.getEnclosingClass().isPresent()) {
      outermost = outermost.getEnclosingClass().get();
    }
    return outermost.isAnnotatedWith("dagger.internal.DaggerGenerated");
  }

  private static ArchCondition<PathPackage> haveAtMostOnePublicClass() {
    return new ArchCondition<>("have at most one public class") {
      @Override
      public void check(PathPackage step, ConditionEvents events) {
        List<String> entries =
            step.publicClasses().stream().map(JavaClass::getName).sorted().toList();
        events.add(
            new SimpleConditionEvent(
                step,
                entries.size() <= 1,
                "Expected at most one public class in %s, but found %s"
                    .formatted(step.name(), entries)));
      }
    };
  }

  /** A package of the data path, with its public top-level classes that are more than values. */
  private record PathPackage(String name, List<JavaClass> publicClasses) {}

  private static final class PackagesOfThePath extends AbstractClassesTransformer<PathPackage> {
    private final String prefix;

    PackagesOfThePath(String prefix) {
      super("packages of the path");
      this.prefix = prefix;
    }

    @Override
    public Iterable<PathPackage> doTransform(JavaClasses classes) {
      Map<String, List<JavaClass>> byPackage =
          classes.stream()
              .filter(type -> type.getPackageName().startsWith(prefix))
              .filter(type -> isEntry(type) && !isWrittenByDagger(type))
              .collect(groupingBy(JavaClass::getPackageName));
      List<PathPackage> packages = new ArrayList<>();
      byPackage.forEach((name, types) -> packages.add(new PathPackage(name, types)));
      return packages;
    }

    private static boolean isEntry(JavaClass type) {
      return type.isTopLevelClass()
          && type.getModifiers().contains(JavaModifier.PUBLIC)
          && !type.isRecord()
          && !type.isEnum()
          && !type.isInterface()
          && !type.isAssignableTo(Throwable.class)
          && !type.isAnnotatedWith("dagger.Module");
    }
  }
}
