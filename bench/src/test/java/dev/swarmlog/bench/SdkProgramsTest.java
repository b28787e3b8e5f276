package dev.swarmlog.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SdkProgramsTest {
  @TempDir private Path checkout;

  @Test
  void shouldFindEachProgramOfTheNameByItsLanguage() throws IOException {
    // given
    Path go = program("sdk-generated/go/bench/apply", true);
    Path cobol = program("sdk-generated/cobol/bench/apply", true);
    Path java = program("sdk-java/bench/apply", true);
    program("sdk-generated/python/conformance/testee", true);
    program("sdk-generated/rust/bench/apply", false);
    Files.createDirectories(checkout.resolve("sdk-generated/kotlin/bench/apply"));
    Files.writeString(checkout.resolve("sdk-generated/README.md"), "No SDK.");

    // when, then
    assertThat(SdkPrograms.find(checkout, "bench/apply"))
        .containsExactly(Map.entry("cobol", cobol), Map.entry("go", go), Map.entry("java", java));
  }

  @Test
  void shouldFindNoneWhereThereAreNoSdks() throws IOException {
    assertThat(SdkPrograms.find(checkout, "bench/apply")).isEmpty();
  }

  @Test
  void shouldFindThoseOfThisCheckout() throws IOException {
    assertThat(SdkPrograms.find(Path.of(".."), "bench/apply").keySet())
        .containsExactlyInAnyOrderElementsOf(Set.of("go", "python", "typescript"));
  }

  private Path program(String at, boolean executable) throws IOException {
    Path file = checkout.resolve(at);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/bin/sh\n");
    assertThat(file.toFile().setExecutable(executable)).isTrue();
    return file.toAbsolutePath();
  }
}
