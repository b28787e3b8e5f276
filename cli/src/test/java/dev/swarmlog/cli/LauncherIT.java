package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher at the root of a checkout, with a Maven that only pretends to build. */
class LauncherIT {

  @TempDir private Path folder;
  private Path root;
  private Path tools;
  private Path source;

  @BeforeEach
  void checkOut() throws IOException {
    root = Files.createDirectory(folder.resolve("check out"));
    tools = Files.createDirectory(folder.resolve("tools"));
    Files.copy(
        Path.of("..", "swarmlog"), root.resolve("swarmlog"), StandardCopyOption.COPY_ATTRIBUTES);
    Files.writeString(root.resolve("pom.xml"), "<project/>");
    Files.createDirectory(root.resolve(".mvn"));
    source = Files.createDirectories(root.resolve("cli/src/main/java"));
    Files.writeString(root.resolve("cli/pom.xml"), "<project/>");
    Files.writeString(source.resolve("A.java"), "class A {}");
    maven(
        """
        echo built >>builds
        mkdir -p cli/target/swarmlog/bin
        printf '#!/bin/sh\\necho ran "$@"\\n' >cli/target/swarmlog/bin/swarmlog
        chmod +x cli/target/swarmlog/bin/swarmlog
        """);
  }

  @Test
  void shouldBuildOnceAndThenOnlyRun() throws Exception {
    // when
    CommandRun first = swarmlog("status", "--json");
    CommandRun second = swarmlog("status");

    // then
    assertThat(first.out()).isEqualTo("ran status --json\n");
    assertThat(first.err().lines()).hasSize(1);
    assertThat(first.err()).startsWith("swarmlog: building");
    assertThat(second.out()).isEqualTo("ran status\n");
    assertThat(second.err()).isEmpty();
    assertThat(builds()).isEqualTo(1);
  }

  @Test
  void shouldBuildAgainWhenASourceChanged() throws Exception {
    // given
    swarmlog();

    // when
    Files.setLastModifiedTime(
        source.resolve("A.java"), FileTime.from(Instant.now().plusSeconds(1)));
    swarmlog();

    // then
    assertThat(builds()).isEqualTo(2);
  }

  @Test
  void shouldBuildAgainWhenASourceWentAway() throws Exception {
    // given
    swarmlog();

    // when
    Files.delete(source.resolve("A.java"));
    swarmlog();

    // then
    assertThat(builds()).isEqualTo(2);
  }

  @Test
  void shouldBuildAgainWhenAPomChanged() throws Exception {
    // given
    swarmlog();

    // when
    Files.writeString(root.resolve("cli/pom.xml"), "<project></project>");
    swarmlog();

    // then
    assertThat(builds()).isEqualTo(2);
  }

  @Test
  void shouldShowTheErrorsOfAFailedBuildAndWhereItsLogIs() throws Exception {
    // given
    maven("echo '[INFO] noise'; echo '[ERROR] A.java:[1,1] cannot find symbol'; exit 1");

    // when
    CommandRun run = swarmlog();

    // then
    assertThat(run.exitCode()).isEqualTo(ExitCode.ENVIRONMENT.number());
    assertThat(run.err())
        .contains("cannot find symbol", "The build failed", "target/launcher/build.log")
        .doesNotContain("noise");
    assertThat(run.out()).isEmpty();

    // when the next start finds it mended
    maven("mkdir -p cli/target/swarmlog/bin; cp /bin/true cli/target/swarmlog/bin/swarmlog");

    // then
    assertThat(swarmlog().exitCode()).isZero();
  }

  @Test
  void shouldSayThatThereIsNoMaven() throws Exception {
    // given
    Files.delete(tools.resolve("mvn"));
    Path bin = Files.createDirectory(folder.resolve("bare"));
    for (String tool :
        new String[] {
          "bash", "env", "find", "sed", "head", "dirname", "readlink", "mkdir", "cat"
        }) {
      Files.createSymbolicLink(bin.resolve(tool), Path.of("/usr/bin", tool));
    }
    Map<String, String> environment = new HashMap<>();
    environment.put("PATH", bin.toString());
    environment.put("JAVA_HOME", System.getProperty("java.home"));

    // when
    CommandRun run = swarmlog(environment);

    // then
    assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.ENVIRONMENT.number());
    assertThat(run.err()).contains("Expected Maven 3.8 or newer", "apt install maven");
  }

  @Test
  void shouldRunWhatIsThereWhenToldNeverToBuild() throws Exception {
    // given
    swarmlog();
    Files.writeString(source.resolve("B.java"), "class B {}");

    // when
    CommandRun run = swarmlog(Map.of("SWARMLOG_BUILD", "never"), "version");

    // then
    assertThat(run.out()).isEqualTo("ran version\n");
    assertThat(builds()).isEqualTo(1);
  }

  private CommandRun swarmlog(String... arguments) throws Exception {
    return swarmlog(Map.of(), arguments);
  }

  private CommandRun swarmlog(Map<String, String> environment, String... arguments)
      throws Exception {
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    String[] command = new String[arguments.length + 1];
    command[0] = root.resolve("swarmlog").toString();
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().put("PATH", tools + ":" + System.getenv("PATH"));
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().remove("SWARMLOG_BUILD");
    builder.environment().putAll(environment);
    Process process = builder.start();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return new CommandRun(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  private long builds() throws IOException {
    return Files.readAllLines(root.resolve("builds")).size();
  }

  private void maven(String script) throws IOException {
    Path mvn = tools.resolve("mvn");
    Files.writeString(mvn, "#!/bin/sh\n" + script);
    Files.setPosixFilePermissions(mvn, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
