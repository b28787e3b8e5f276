package dev.swarmlog.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GenerationTest {

  @TempDir private Path folder;

  /** Skipped by name, with what is missing; `.ci/clients` has all of it, and skips none. */
  @ParameterizedTest
  @EnumSource(names = {"PYTHON", "GO", "TYPESCRIPT", "RUST", "KOTLIN", "CPP"})
  void shouldGenerateWhatIsCommitted(Language language) throws Exception {
    // given
    List<String> missing =
        Generation.find(language, Surroundings.ofThisProcess()).stream()
            .filter(finding -> !finding.usable())
            .map(ToolText::problem)
            .toList();
    assumeThat(missing).as("what generates %s", language.title()).isEmpty();

    // when
    Generated generated =
        new Generation(language, Surroundings.ofThisProcess(), false).into(folder);

    // then
    assertThat(generated.files()).isPositive().isEqualTo(generated.changed());
    assertThat(Checkout.texts(folder))
        .as("./swarmlog sdk generate %1$s --out sdk-generated/%1$s/gen", language.id())
        .isEqualTo(Checkout.texts(Checkout.committed(language)));
  }

  @ParameterizedTest
  @EnumSource(names = {"PYTHON", "GO", "TYPESCRIPT", "RUST", "KOTLIN", "CPP"})
  void shouldHaveCommittedTheConstantsAsTheyAre(Language language) throws Exception {
    // given
    Map<String, String> constants = language.recipe().texts(ContractFiles.read());

    // then
    assertThat(constants).hasSize(1);
    assertThat(Checkout.texts(Checkout.committed(language))).containsAllEntriesOf(constants);
  }

  @ParameterizedTest
  @EnumSource(names = {"JAVA", "KOTLIN", "PROTO"})
  void shouldTakeNothingThatMustBeInstalled(Language language) throws Exception {
    // given a machine without any program
    Surroundings bare = new Surroundings(Map.of(), folder, folder);
    Path out = folder.resolve("out");

    // when
    Generated first = new Generation(language, bare, false).into(out);
    Generated again = new Generation(language, bare, false).into(out);

    // then
    assertThat(first.files()).isGreaterThan(20);
    assertThat(again).isEqualTo(new Generated(first.files(), 0, 0));
  }

  @Test
  void shouldSayWhatIsMissingAndHowToInstallIt() {
    // given
    Surroundings bare = new Surroundings(Map.of("GOPATH", "/gone"), folder, folder);

    // then
    assertThatThrownBy(() -> new Generation(Language.GO, bare, true).into(folder.resolve("out")))
        .isInstanceOfSatisfying(
            GenerationException.class,
            thrown -> {
              assertThat(thrown.kind()).isEqualTo(GenerationException.Kind.TOOLS);
              assertThat(thrown.getMessage())
                  .contains("Expected what generates Go, but:")
                  .contains("protoc-gen-go-grpc is not on the PATH, nor in /gone/bin");
              assertThat(thrown.action())
                  .contains(Tool.GO_MESSAGES.install(), Tool.GO_STUBS.install());
              assertThat(thrown.unusable()).hasSize(2);
            });
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void shouldSayWhatAGeneratorSays() throws Exception {
    // given
    Path bin = Files.createDirectory(folder.resolve("bin"));
    Programs.write(
        bin,
        "protoc-gen-es",
        "[ $# = 0 ] && { echo mice in it >&2; exit 3; }; echo protoc-gen-es v" + Tool.ES.pin());

    // then
    assertThatThrownBy(
            () ->
                new Generation(Language.TYPESCRIPT, Programs.on(bin), false)
                    .into(folder.resolve("out")))
        .isInstanceOfSatisfying(
            GenerationException.class,
            thrown -> assertThat(thrown.kind()).isEqualTo(GenerationException.Kind.GENERATOR))
        .hasMessageContaining("Expected protoc to generate TypeScript, but it ended with 1:")
        .hasMessageContaining("mice in it");
  }

  @Test
  void shouldHaveAllThatTheContractImports() throws Exception {
    // given
    ContractFiles contract = ContractFiles.read();

    // then
    assertThat(contract.own()).contains("swarmlog/v1/conduct.proto", "swarmlog/v1/session.proto");
    assertThat(contract.texts())
        .containsKeys("google/rpc/error_details.proto", "google/protobuf/descriptor.proto");
    assertThat(contract.services())
        .contains("swarmlog/v1/administration.proto")
        .doesNotContain("swarmlog/v1/position.proto");
  }

  @Test
  void shouldKnowLanguagesByName() {
    assertThat(Language.of("TypeScript")).contains(Language.TYPESCRIPT);
    assertThat(Language.of("cobol")).isEmpty();
  }
}
