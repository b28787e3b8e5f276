package dev.swarmlog.architecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The compiled classes the rules look at. */
final class CompiledClasses {

  /** Every module with Java sources of its own, as folders below the root of the checkout. */
  static final List<String> MODULES =
      List.of(
          "sdk-generated/generator",
          "storage",
          "otel/instruments",
          "otel/export",
          "otel/testing",
          "hostile",
          "server",
          "console",
          "sdk-java/testing",
          "sdk-java/agent",
          "conformance",
          "sdk-java/testee",
          "demo",
          "bench",
          "reliability/histories",
          "reliability/bugs",
          "reliability/simulation",
          "cli",
          "reliability/faults");

  private CompiledClasses() {}

  /** The main classes of all modules, without what protoc generated. */
  static JavaClasses ofProduction() {
    return new ClassFileImporter()
        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
        .withImportOption(location -> !location.contains("/dev/swarmlog/v1/"))
        .withImportOption(location -> !location.contains("/dev/swarmlog/storage/v1/"))
        .importPackages("dev.swarmlog");
  }

  /** The test classes of all modules but this one, whose fixtures break the rules on purpose. */
  static JavaClasses ofTests() {
    List<Path> folders =
        MODULES.stream()
            .map(module -> checkout().resolve(module).resolve("target/test-classes"))
            .filter(Files::isDirectory)
            .toList();
    return new ClassFileImporter().importPaths(folders);
  }

  /** The fixtures that break the rules on purpose. */
  static JavaClasses ofViolations() {
    return new ClassFileImporter().importPackages(ArchitectureRules.violations().root());
  }

  static boolean hasSources(String module, String sourceFolder) {
    Path sources = checkout().resolve(module).resolve(sourceFolder);
    if (!Files.isDirectory(sources)) {
      return false;
    }
    try (Stream<Path> files = Files.walk(sources)) {
      return files
          .map(file -> file.getFileName().toString())
          .anyMatch(name -> name.endsWith(".java") && !name.equals("package-info.java"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path checkout() {
    Path folder = Path.of("").toAbsolutePath();
    while (folder != null && !Files.isDirectory(folder.resolve(".mvn"))) {
      folder = folder.getParent();
    }
    if (folder == null) {
      throw new IllegalStateException(
          "Expected to run inside the checkout, but found no .mvn above");
    }
    return folder;
  }
}
