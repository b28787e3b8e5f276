package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The archive, unpacked somewhere and run. */
class DistributionIT {

  @TempDir private static Path folder;
  private static Path home;

  @BeforeAll
  static void unpack() throws Exception {
    Path archive = archive(".tar.gz");
    assertThat(
            new ProcessBuilder("tar", "-xzf", archive.toString(), "-C", folder.toString())
                .inheritIO()
                .start()
                .waitFor())
        .isZero();
    home = folder.resolve(archive.getFileName().toString().replace(".tar.gz", ""));
  }

  @Test
  void shouldRunFromWhereItIsUnpacked() throws Exception {
    // given
    Installation installation = Installation.at(home);

    // when
    CommandRun run = installation.run("version");

    // then
    assertThat(run.out()).startsWith("swarmlog ").doesNotContain("development");
    assertThat(run.exitCode()).isZero();
    assertThat(home.resolve("prepared/classes.jsa")).isRegularFile();
    try (Coordinator coordinator = Coordinator.start(installation, folder.resolve("data"))) {
      assertThat(installation.run("publish", "fleet", "x", "--server", coordinator.target()).out())
          .contains("main:1");
    }
  }

  @Test
  void shouldStartInAboutASecond() throws Exception {
    // given everything is prepared
    Installation installation = Installation.at(home);
    installation.run("version");

    // when: reported, as a busy machine is no failure
    for (String command : List.of("version", "--help")) {
      long beganNs = System.nanoTime();
      CommandRun run = installation.run(command);
      System.out.printf(
          "start of `swarmlog %s`: %d ms%n", command, (System.nanoTime() - beganNs) / 1_000_000);
      assertThat(run.exitCode()).isZero();
    }
    long beganNs = System.nanoTime();
    try (Coordinator coordinator = Coordinator.start(installation, folder.resolve("timed"))) {
      System.out.printf(
          "start of `swarmlog serve` until ready on port %d: %d ms%n",
          coordinator.port(), (System.nanoTime() - beganNs) / 1_000_000);
    }
  }

  @Test
  void shouldRunThroughALink() throws Exception {
    // given
    Path bin = Files.createDirectory(folder.resolve("links"));
    Files.createSymbolicLink(bin.resolve("swarmlog"), home.resolve("bin/swarmlog"));

    // when
    Process process =
        new ProcessBuilder(bin.resolve("swarmlog").toString(), "version")
            .redirectErrorStream(true)
            .start();

    // then
    assertThat(Installation.text(process.getInputStream().readAllBytes())).startsWith("swarmlog ");
  }

  @Test
  void shouldDoWithoutPreparation() throws Exception {
    // when
    CommandRun run = Installation.at(home).run(Map.of("SWARMLOG_PREPARED", "off"), "", "version");

    // then
    assertThat(run.exitCode()).isZero();
    assertThat(run.err()).isEmpty();
  }

  @Test
  void shouldPrepareWhereItIsTold() throws Exception {
    // given
    Path prepared = folder.resolve("elsewhere");

    // when
    CommandRun run =
        Installation.at(home).run(Map.of("SWARMLOG_PREPARED", prepared.toString()), "", "version");

    // then
    assertThat(run.exitCode()).isZero();
    assertThat(prepared).isDirectoryContaining("glob:**classes.jsa");
    assertThat(prepared).isDirectoryContaining("glob:**librocksdbjni*");
  }

  @Test
  void shouldSayThatThereIsNoJava() throws Exception {
    // given a path with what a bare system has, and no Java
    Path bin = Files.createDirectory(folder.resolve("bare"));
    for (String tool : List.of("readlink", "sed", "head")) {
      Files.createSymbolicLink(bin.resolve(tool), Path.of("/usr/bin", tool));
    }

    // when
    CommandRun run = run(Map.of("PATH", bin.toString(), "JAVA_HOME", ""));

    // then
    assertThat(run.exitCode()).isEqualTo(ExitCode.ENVIRONMENT.number());
    assertThat(run.err()).contains("Expected Java 17 or newer, but there is no java on the PATH.");
  }

  @Test
  void shouldSayThatJavaIsTooOld() throws Exception {
    // given
    Path old = Files.createDirectories(folder.resolve("java-11"));
    Files.writeString(old.resolve("release"), "JAVA_VERSION=\"11.0.2\"\n");
    Path bin = Files.createDirectory(old.resolve("bin"));
    Files.createFile(
        bin.resolve("java"),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));

    // when
    CommandRun run = run(Map.of("JAVA_HOME", old.toString()));

    // then
    assertThat(run.exitCode()).isEqualTo(ExitCode.ENVIRONMENT.number());
    assertThat(run.err()).contains("Expected Java 17 or newer", "is version 11.0.2");
  }

  @Test
  void shouldSayThatJavaHomeIsWrong() throws Exception {
    // when
    CommandRun run = run(Map.of("JAVA_HOME", "/nowhere"));

    // then
    assertThat(run.exitCode()).isEqualTo(ExitCode.ENVIRONMENT.number());
    assertThat(run.err()).contains("JAVA_HOME", "/nowhere has no bin/java");
  }

  @Test
  void shouldCarryTheSameAsZip() throws Exception {
    try (ZipFile zip = new ZipFile(archive(".zip").toFile())) {
      assertThat(zip.stream().map(entry -> entry.getName().replaceFirst("^[^/]*/", "")))
          .contains("bin/swarmlog", "lib/swarmlog-cli.jar", "LICENSE");
    }
  }

  private static CommandRun run(Map<String, String> environment) throws Exception {
    return Installation.at(home).run(environment, "", "version");
  }

  private static Path archive(String ending) throws IOException {
    try (Stream<Path> files = Files.list(Path.of("target"))) {
      return files
          .filter(
              file ->
                  file.getFileName()
                      .toString()
                      .matches("swarmlog-[0-9].*" + ending.replace(".", "\\.")))
          .filter(file -> !file.getFileName().toString().contains("cli"))
          .findFirst()
          .orElseThrow(
              () -> new AssertionError("Expected a " + ending + " in target, but there is none"));
    }
  }
}
