package dev.swarmlog.demo.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.swarmlog.demo.v1.JournalRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordFileTest {
  @TempDir Path folder;

  @Test
  void shouldHandOutWhatWasWritten() throws IOException {
    // given
    Path path = folder.resolve("journal");
    try (RecordFile file = RecordFile.open(path, 0, payload -> {})) {
      List<CompletableFuture<Void>> written = new ArrayList<>();
      for (int i = 0; i < 1_000; i++) {
        written.add(file.append(record("agent-" + i)));
      }
      written.forEach(CompletableFuture::join);
    }

    // when
    List<String> agents = read(path);

    // then
    assertThat(agents).hasSize(1_000).startsWith("agent-0", "agent-1").endsWith("agent-999");
  }

  @Test
  void shouldCutOffATornRecordAndGoOnBehindTheWholeOnes() throws IOException {
    // given: every length a killed process can leave of the second record
    Path whole = folder.resolve("whole");
    write(whole, "first");
    int firstEnds = (int) Files.size(whole);
    write(whole, "second");
    byte[] bytes = Files.readAllBytes(whole);

    for (int length = firstEnds; length < bytes.length; length++) {
      Path torn = folder.resolve("torn-" + length);
      Files.write(torn, Arrays.copyOf(bytes, length));

      // when
      write(torn, "third");

      // then
      assertThat(read(torn)).as("torn after %d bytes", length).containsExactly("first", "third");
    }
  }

  @Test
  void shouldCutOffARecordWithAWrongChecksum() throws IOException {
    // given
    Path path = folder.resolve("journal");
    write(path, "first");
    write(path, "second");
    byte[] bytes = Files.readAllBytes(path);
    bytes[bytes.length - 1] ^= 1;
    Files.write(path, bytes);

    // when, then
    assertThat(read(path)).containsExactly("first");
  }

  @Test
  void shouldRefuseAForeignFile() throws IOException {
    // given
    Path path = folder.resolve("journal");
    Files.writeString(path, "something else altogether");

    // when, then
    assertThatThrownBy(() -> RecordFile.open(path, 0, payload -> {}))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("something else");
    assertThat(path).hasContent("something else altogether");
  }

  private static void write(Path path, String agent) throws IOException {
    try (RecordFile file = RecordFile.open(path, 0, payload -> {})) {
      file.append(record(agent)).join();
    }
  }

  private static List<String> read(Path path) throws IOException {
    List<String> agents = new ArrayList<>();
    try (RecordFile file = RecordFile.open(path, 0, payload -> agents.add(agent(payload)))) {
      return agents;
    }
  }

  private static JournalRecord record(String agent) {
    return JournalRecord.newBuilder().setAgent(agent).build();
  }

  private static String agent(byte[] payload) {
    try {
      return JournalRecord.parseFrom(payload).getAgent();
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }
}
