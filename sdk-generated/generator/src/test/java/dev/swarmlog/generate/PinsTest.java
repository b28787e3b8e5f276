package dev.swarmlog.generate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** That the versions of generators are the same wherever they are named. */
class PinsTest {

  @Test
  void shouldInstallTheSameForGo() throws IOException {
    assertThat(Files.readString(Path.of("..", "go", "go.mod")))
        .contains("google.golang.org/protobuf v" + Tool.GO_MESSAGES.pin())
        .contains("google.golang.org/grpc/cmd/protoc-gen-go-grpc v" + Tool.GO_STUBS.pin());
  }

  @Test
  void shouldInstallTheSameForTypeScript() throws IOException {
    assertThat(Files.readString(Path.of("..", "typescript", "package.json")))
        .contains("\"@bufbuild/protoc-gen-es\": \"%s\"".formatted(Tool.ES.pin()));
  }

  @Test
  void shouldDocumentThemAsTheyAre() throws IOException {
    // given
    String page = Files.readString(Path.of("..", "..", "docs", "clients.md"));

    // then
    for (Language language : Language.values()) {
      for (Tool tool : language.tools()) {
        boolean carriedByMany = tool == Tool.PROTOC;
        boolean tellsNoVersion = tool == Tool.CPP_STUBS;
        if (!carriedByMany && !tellsNoVersion) {
          String name = tool == Tool.SYSTEM_PROTOC ? "protoc" : tool.title();
          assertThat(page)
              .containsPattern("\\| `" + language.id() + "` \\|[^|]*\\b" + name + " " + tool.pin());
        }
      }
    }
    assertThat(page).contains("protoc " + Tool.PROTOC.pin());
  }

  @Test
  void shouldNameTheVersionInWhatInstallsIt() {
    for (Tool tool : Tool.values()) {
      boolean ofTheSystem = tool == Tool.SYSTEM_PROTOC || tool == Tool.CPP_STUBS;
      if (!ofTheSystem && tool != Tool.GRPC_KOTLIN) {
        assertThat(tool.install()).contains(tool.pin());
      }
    }
  }
}
