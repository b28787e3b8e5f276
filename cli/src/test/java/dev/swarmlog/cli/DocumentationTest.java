package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class DocumentationTest {

  @Test
  void shouldListEveryExitCodeAsItIs() throws IOException {
    // given
    String page = Files.readString(Path.of("..", "docs", "commands.md"));

    // then
    for (ExitCode code : ExitCode.values()) {
      assertThat(page)
          .contains("| %d | `%s` | %s |".formatted(code.number(), code.name(), code.meaning()));
    }
  }

  @Test
  void shouldDescribeEveryCommand() throws IOException {
    // given
    String page = Files.readString(Path.of("..", "docs", "commands.md"));

    // then
    CommandLineTest.allCommands()
        .filter(command -> !command.isEmpty())
        .forEach(command -> assertThat(page).contains("`swarmlog " + command));
  }
}
