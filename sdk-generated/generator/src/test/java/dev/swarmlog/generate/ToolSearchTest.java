package dev.swarmlog.generate;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the programs are shell scripts")
class ToolSearchTest {

  @TempDir private Path folder;

  @Test
  void shouldTakeWhatIsOnThePath() throws Exception {
    // given
    Path program =
        Programs.write(folder, "protoc-gen-go", "echo protoc-gen-go v" + Tool.GO_MESSAGES.pin());

    // then
    assertThat(find(Tool.GO_MESSAGES)).isEqualTo(new Finding.Ready(Tool.GO_MESSAGES, program));
  }

  @Test
  void shouldTellAnotherVersion() throws Exception {
    // given
    Path program =
        Programs.write(folder, "protoc-gen-go-grpc", "echo protoc-gen-go-grpc 1.3.0-rc1");

    // then
    assertThat(find(Tool.GO_STUBS))
        .isEqualTo(new Finding.OtherVersion(Tool.GO_STUBS, program, "1.3.0-rc1"));
  }

  @Test
  void shouldTakeWhatDoesNotTellItsVersion() throws Exception {
    // given
    Path program = Programs.write(folder, "grpc_cpp_plugin", "exit 1");

    // then
    assertThat(find(Tool.CPP_STUBS)).isEqualTo(new Finding.Ready(Tool.CPP_STUBS, program));
  }

  @ParameterizedTest
  @EnumSource(names = {"GO_MESSAGES", "PROST", "ES"})
  void shouldLookWhereInstallersPutIt(Tool tool) throws Exception {
    // given a PATH without it
    Path home = Files.createDirectory(folder.resolve("home"));
    Surroundings surroundings = new Surroundings(Map.of("PATH", "/nowhere"), home, home);
    Path place = Files.createDirectories(surroundings.obviousPlaces(tool).get(0));
    Path program = Programs.write(place, tool.executable(), "echo v" + tool.pin());

    // then
    assertThat(new ToolSearch(surroundings).find(tool)).isEqualTo(new Finding.Ready(tool, program));
  }

  @Test
  void shouldBelieveTheEnvironmentAboutPlaces() {
    Surroundings surroundings =
        new Surroundings(
            Map.of("GOBIN", "/g/bin", "GOPATH", "/g/path:/g/other", "CARGO_HOME", "/c"),
            folder,
            folder);

    assertThat(surroundings.obviousPlaces(Tool.GO_STUBS))
        .isEqualTo(List.of(Path.of("/g/bin"), Path.of("/g/path/bin")));
    assertThat(surroundings.obviousPlaces(Tool.TONIC)).isEqualTo(List.of(Path.of("/c/bin")));
  }

  @Test
  void shouldTellPythonFromItsPackage() throws Exception {
    // given
    Path python =
        Programs.write(
            folder,
            "python3",
            "echo importlib.metadata.PackageNotFoundError: grpcio-tools >&2; exit 1");

    // when
    Finding finding = find(Tool.GRPCIO_TOOLS);

    // then
    assertThat(ToolText.problem(finding))
        .isEqualTo("grpcio-tools %s is not installed in %s", Tool.GRPCIO_TOOLS.pin(), python);
    assertThat(finding).isInstanceOf(Finding.Missing.class);
  }

  @Test
  void shouldTellWhatDoesNotWork() throws Exception {
    // given
    Programs.write(folder, "protoc-gen-prost", "echo a line; echo no such library; exit 127");
    Programs.write(folder, "protoc-gen-tonic", "echo none of your business");

    // then
    assertThat(ToolText.problem(find(Tool.PROST))).endsWith(": no such library");
    assertThat(find(Tool.TONIC)).isInstanceOf(Finding.Broken.class);
  }

  @Test
  void shouldNotTakeWhatCannotBeRun() throws Exception {
    // given
    Files.writeString(folder.resolve("protoc-gen-prost"), "text");
    Files.createDirectory(folder.resolve("protoc-gen-tonic"));

    // then
    assertThat(find(Tool.PROST)).isInstanceOf(Finding.Missing.class);
    assertThat(find(Tool.TONIC)).isInstanceOf(Finding.Missing.class);
  }

  @Test
  void shouldTakeAnotherVersionOnlyIfToldTo() throws Exception {
    // given
    Programs.write(folder, "protoc", "echo libprotoc 99.1; [ $1 = --version ]");
    Programs.write(folder, "grpc_cpp_plugin", "exit 0");

    // when
    GenerationException strict = failure(false);
    GenerationException lax = failure(true);

    // then
    assertThat(strict.kind()).isEqualTo(GenerationException.Kind.TOOLS);
    assertThat(strict)
        .hasMessageContaining(
            "protoc of the system 99.1 is there, and " + Tool.SYSTEM_PROTOC.pin() + " is wanted");
    assertThat(strict.action()).contains("--any-version");
    assertThat(lax.kind()).isEqualTo(GenerationException.Kind.GENERATOR);
  }

  private GenerationException failure(boolean anyVersion) throws Exception {
    try {
      new Generation(Language.CPP, Programs.on(folder), anyVersion).into(folder.resolve("out"));
    } catch (GenerationException e) {
      return e;
    }
    throw new AssertionError("Expected a failure, but it generated");
  }

  private Finding find(Tool tool) throws InterruptedException {
    return new ToolSearch(Programs.on(folder)).find(tool);
  }
}
