package dev.swarmlog.demo.survey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.demo.v1.FileKind;
import dev.swarmlog.demo.v1.SurveyResult;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class FileSurveyorTest {
  @TempDir Path root;

  @Test
  void shouldCountWhatATextHas() throws IOException {
    // given
    write(
        "src/A.java",
        "class A {\n\n  // TODO: name it, FIXME\n \t\r\n  // TODOS and XFIXME are other words\r\n}");

    // when
    SurveyResult result = survey("src/A.java");

    // then
    assertThat(result.getKind()).isEqualTo(FileKind.FILE_KIND_TEXT);
    assertThat(result.getLanguage()).isEqualTo("Java");
    assertThat(result.getLineCount()).isEqualTo(6);
    assertThat(result.getBlankLineCount()).isEqualTo(2);
    assertThat(result.getLongestLineBytes())
        .isEqualTo("  // TODOS and XFIXME are other words".length());
    assertThat(result.getTodoCount()).isEqualTo(1);
    assertThat(result.getFixmeCount()).isEqualTo(1);
    assertThat(result.getRound()).isEqualTo(3);
    assertThat(result.getPath()).isEqualTo("src/A.java");
  }

  @Test
  void shouldDigestTheWholeFile() throws IOException {
    // given
    write("abc", "abc");

    // when
    SurveyResult result = survey("abc");

    // then: the vector of FIPS 180-2
    assertThat(HexFormat.of().formatHex(result.getSha256().toByteArray()))
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  }

  @Test
  void shouldCountAcrossBuffers() throws IOException {
    // given
    String line = "x".repeat(8_190) + " TODO " + "y".repeat(70_000);
    write("long.txt", line + "\n" + line + "\n");

    // when
    SurveyResult result = survey("long.txt");

    // then
    assertThat(result.getLineCount()).isEqualTo(2);
    assertThat(result.getTodoCount()).isEqualTo(2);
    assertThat(result.getLongestLineBytes()).isEqualTo(line.length());
  }

  @Test
  void shouldSurveyAnEmptyFile() throws IOException {
    // given
    write("empty.md", "");

    // when
    SurveyResult result = survey("empty.md");

    // then
    assertThat(result.getKind()).isEqualTo(FileKind.FILE_KIND_TEXT);
    assertThat(result.getLineCount()).isZero();
    assertThat(result.getSha256().size()).isEqualTo(32);
  }

  @Test
  void shouldTellBinaryFilesByANul() throws IOException {
    // given
    write("picture.png", "PNG\0\n\n");

    // when
    SurveyResult result = survey("picture.png");

    // then
    assertThat(result.getKind()).isEqualTo(FileKind.FILE_KIND_BINARY);
    assertThat(result.getLineCount()).isZero();
    assertThat(result.getSizeBytes()).isEqualTo(6);
    assertThat(result.getSha256().size()).isEqualTo(32);
  }

  @Test
  void shouldTellLanguageByNameExtensionOrProgram() throws IOException {
    // given
    write("Makefile", "all:\n");
    write("run", "#!/usr/bin/env -S python3 -u\n");
    write("launch", "#!/bin/bash\n");
    write("UPPER.YML", "a: b\n");
    write("nothing", "just words\n");

    // when, then
    assertThat(survey("Makefile").getLanguage()).isEqualTo("Makefile");
    assertThat(survey("run").getLanguage()).isEqualTo("Python");
    assertThat(survey("launch").getLanguage()).isEqualTo("Shell");
    assertThat(survey("UPPER.YML").getLanguage()).isEqualTo("YAML");
    assertThat(survey("nothing").getLanguage()).isEmpty();
  }

  @Test
  @Timeout(10)
  void shouldNotReadWhatIsNoRegularFile() throws IOException, InterruptedException {
    // given: a pipe that nobody writes to would block whoever opens it
    Process mkfifo = new ProcessBuilder("mkfifo", root.resolve("pipe").toString()).start();
    assertThat(mkfifo.waitFor(5, TimeUnit.SECONDS)).isTrue();
    Files.createSymbolicLink(root.resolve("link"), Path.of("submodule"));
    Files.createDirectory(root.resolve("submodule"));

    // when, then
    assertThat(survey("pipe").getKind()).isEqualTo(FileKind.FILE_KIND_NOT_REGULAR);
    assertThat(survey("link").getKind()).isEqualTo(FileKind.FILE_KIND_NOT_REGULAR);
    assertThat(survey("link").getDetail()).isEqualTo("symbolic link");
    assertThat(survey("submodule").getKind()).isEqualTo(FileKind.FILE_KIND_NOT_REGULAR);
  }

  @Test
  void shouldRecordWhatCannotBeSurveyed() throws IOException {
    // given
    try (RandomAccessFile huge = new RandomAccessFile(root.resolve("huge").toFile(), "rw")) {
      huge.setLength(FileSurveyor.MAX_FILE_BYTES + 1);
    }

    // when, then
    assertThat(survey("huge").getKind()).isEqualTo(FileKind.FILE_KIND_TOO_LARGE);
    assertThat(survey("huge").getSizeBytes()).isEqualTo(FileSurveyor.MAX_FILE_BYTES + 1);
    assertThat(survey("gone").getKind()).isEqualTo(FileKind.FILE_KIND_VANISHED);
    assertThat(survey("../outside").getKind()).isEqualTo(FileKind.FILE_KIND_UNREADABLE);
    assertThat(survey("no\0path").getKind()).isEqualTo(FileKind.FILE_KIND_UNREADABLE);
  }

  private SurveyResult survey(String path) {
    return new FileSurveyor(root).survey(3, path);
  }

  private void write(String path, String content) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.write(file, content.getBytes(StandardCharsets.UTF_8));
  }
}
