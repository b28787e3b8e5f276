package dev.swarmlog.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputFolderTest {

  @TempDir private Path folder;
  private Path out;

  @BeforeEach
  void name() {
    out = folder.resolve("below").resolve("out");
  }

  @Test
  void shouldMakeTheFolder() throws Exception {
    assertThat(generate(Map.of("a/b.txt", "1"))).isEqualTo(new Generated(1, 1, 0));
    assertThat(out.resolve("a/b.txt")).hasContent("1");
  }

  @Test
  void shouldReplaceWhatItGeneratedAndLeaveTheRest() throws Exception {
    // given
    generate(Map.of("same", "1", "changed", "1", "gone/deep/file", "1"));
    Files.writeString(out.resolve("mine"), "mine");
    FileTime longAgo = FileTime.fromMillis(1_000_000);
    Files.setLastModifiedTime(out.resolve("same"), longAgo);

    // when
    Generated generated = generate(Map.of("same", "1", "changed", "2", "new", "1"));

    // then
    assertThat(generated).isEqualTo(new Generated(3, 2, 1));
    assertThat(out.resolve("changed")).hasContent("2");
    assertThat(out.resolve("mine")).hasContent("mine");
    assertThat(out.resolve("gone")).doesNotExist();
    assertThat(Files.getLastModifiedTime(out.resolve("same"))).isEqualTo(longAgo);
  }

  @Test
  void shouldNotWriteOverWhatIsNotItsOwn() throws Exception {
    // given
    generate(Map.of("a", "1"));
    Files.writeString(out.resolve("b"), "mine");

    // then
    assertThatThrownBy(() -> generate(Map.of("a", "2", "b", "2")))
        .hasMessageContaining("to be empty or generated before, but there is b.");
    assertThat(out.resolve("a")).hasContent("1");
    assertThat(out.resolve("b")).hasContent("mine");
  }

  @Test
  void shouldRefuseAFolderOfOthers() throws Exception {
    // given
    Files.createDirectories(out);
    for (String name : new String[] {"a", "b", "c", "d", "e"}) {
      Files.writeString(out.resolve(name), "mine");
    }

    // then
    assertThatThrownBy(() -> OutputFolder.open(out, Language.GO))
        .isInstanceOfSatisfying(
            GenerationException.class,
            thrown -> assertThat(thrown.kind()).isEqualTo(GenerationException.Kind.FOLDER))
        .hasMessageContaining("but there is a, b, c and 2 more.");
  }

  @Test
  void shouldRefuseAnotherLanguage() throws Exception {
    // given
    generate(Map.of("a", "1"));

    // then
    assertThatThrownBy(() -> OutputFolder.open(out, Language.RUST))
        .hasMessageContaining("generated for rust, but it was generated for go.");
  }

  @Test
  void shouldRefuseAFile() throws Exception {
    // given
    Files.writeString(folder.resolve("below"), "a file");

    // then
    assertThatThrownBy(() -> OutputFolder.open(out, Language.GO))
        .isInstanceOf(GenerationException.class);
    assertThatThrownBy(() -> OutputFolder.open(folder.resolve("below"), Language.GO))
        .hasMessageContaining("to be a folder, but")
        .hasMessageContaining("is a file.");
  }

  @Test
  void shouldRemoveNothingOutsideWhateverTheListSays() throws Exception {
    // given
    generate(Map.of("a", "1"));
    Path outside = Files.writeString(folder.resolve("below").resolve("outside"), "mine");
    Path list = out.resolve(OutputFolder.LIST);
    Files.writeString(list, Files.readString(list) + "../outside\n" + outside + "\n.\n");

    // when
    generate(Map.of("a", "1"));

    // then
    assertThat(outside).hasContent("mine");
    assertThat(Files.readString(list)).doesNotContain("outside");
  }

  @Test
  void shouldGoOnWhereItCouldNotWrite() throws Exception {
    // given: a folder lies where a file belongs
    generate(Map.of("a", "1"));
    Files.createDirectories(out.resolve("z/in the way"));
    Path list = out.resolve(OutputFolder.LIST);
    Files.writeString(list, Files.readString(list) + "z\n");

    // when
    assertThatThrownBy(() -> generate(Map.of("a", "2", "b", "2", "z", "2")))
        .isInstanceOf(IOException.class);
    Files.delete(out.resolve("z/in the way"));
    Files.delete(out.resolve("z"));

    // then
    assertThat(generate(Map.of("a", "2", "b", "2", "z", "2"))).isEqualTo(new Generated(3, 1, 0));
  }

  @Test
  void shouldSayWhyItCannotWrite() {
    assertThat(OutputFolder.unwritable(out, new AccessDeniedException("/etc/x")))
        .hasMessage("Expected to write to %s, but could not: /etc/x does not permit it.", out);
    assertThat(
            OutputFolder.unwritable(
                out, new FileSystemException("/etc/x", null, "Read-only file system")))
        .hasMessageEndingWith("but could not: /etc/x: Read-only file system.");
  }

  private Generated generate(Map<String, String> texts) throws IOException, GenerationException {
    Path generated = Files.createTempDirectory(folder, "generated");
    for (Map.Entry<String, String> text : texts.entrySet()) {
      Path file = generated.resolve(text.getKey());
      Files.createDirectories(file.getParent());
      Files.writeString(file, text.getValue());
    }
    return OutputFolder.open(out, Language.GO).take(generated);
  }
}
