package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Generating with the distribution, on a machine that has next to nothing. */
class SdkIT {

  @TempDir private Path folder;

  @Test
  void shouldGenerateWithWhatComesAlong() throws Exception {
    // when
    CommandRun run = run("sdk", "generate", "kotlin", "--out", folder.resolve("gen").toString());

    // then
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(folder.resolve("gen/dev/swarmlog/v1/constants/Constants.kt")).isRegularFile();
  }

  @Test
  void shouldSayWhatMustBeInstalled() throws Exception {
    // when
    CommandRun run = run("sdk", "generate", "rust", "--out", folder.resolve("gen").toString());

    // then
    assertThat(run.exitCode()).isEqualTo(ExitCode.ENVIRONMENT.number());
    assertThat(run.err())
        .contains("Expected what generates Rust, but:", "cargo install --locked protoc-gen-tonic@");
    assertThat(folder.resolve("gen")).doesNotExist();
  }

  private CommandRun run(String... arguments) throws Exception {
    Path bin = Files.createDirectories(folder.resolve("bin"));
    for (String tool : List.of("readlink", "sed", "head", "cksum", "tr", "mkdir", "mv", "rm")) {
      Files.createSymbolicLink(bin.resolve(tool), Path.of("/usr/bin", tool));
    }
    return Installation.built()
        .run(
            Map.of(
                "PATH", bin.toString(),
                "CARGO_HOME", folder.toString(),
                "JAVA_HOME", System.getProperty("java.home")),
            "",
            arguments);
  }
}
