package dev.swarmlog.demo.survey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourceTreeTest {
  @TempDir Path root;

  @Test
  void shouldListWhatGitTracks() throws Exception {
    // given
    write("b/tracked.txt");
    write("a name with spaces and ü");
    write("untracked.txt");
    git("init", "-q");
    git("add", "b/tracked.txt", "a name with spaces and ü");

    // when
    SourceTree tree = SourceTree.list(root);

    // then
    assertThat(tree.listedBy()).isEqualTo("git ls-files");
    assertThat(tree.paths()).containsExactlyInAnyOrder("a name with spaces and ü", "b/tracked.txt");
  }

  @Test
  void shouldWalkOutsideOfBuildFoldersWithoutGit() throws IOException {
    // given
    write("src/A.java");
    write("target/classes/A.class");
    write("module/build/out.txt");
    write("node_modules/x/index.js");
    write("z");

    // when
    SourceTree tree = SourceTree.list(root);

    // then
    assertThat(tree.listedBy()).isEqualTo("walking the folders");
    assertThat(tree.paths()).containsExactly("src/A.java", "z");
  }

  @Test
  void shouldRefuseWhatHasNoFiles() {
    assertThatThrownBy(() -> SourceTree.list(root))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("found none");
    assertThatThrownBy(() -> SourceTree.list(root.resolve("missing")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Expected a directory");
  }

  private void write(String path) throws IOException {
    Files.createDirectories(root.resolve(path).getParent());
    Files.writeString(root.resolve(path), "x\n");
  }

  private void git(String... arguments) throws IOException, InterruptedException {
    String[] command = new String[arguments.length + 1];
    command[0] = "git";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    assertThat(new ProcessBuilder(command).directory(root.toFile()).inheritIO().start().waitFor())
        .isZero();
  }
}
