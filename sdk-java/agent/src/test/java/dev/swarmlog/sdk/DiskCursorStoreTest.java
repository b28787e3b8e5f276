package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskCursorStoreTest {
  @TempDir Path directory;

  @Test
  void shouldLoadWhatWasSavedLast() {
    // given
    try (CursorStore store = CursorStore.onDisk(directory.resolve("new/folder"))) {
      assertThat(store.load()).isEqualTo(AgentCursor.empty());
      store.save(cursor(1), List.of());
      store.save(cursor(2).with(position(Log.LOG_CONTROL, 9)).withTerm(4), List.of());
    }
    // when
    try (CursorStore store = CursorStore.onDisk(directory.resolve("new/folder"))) {
      // then
      assertThat(store.load().position(Log.LOG_MAIN)).contains(position(Log.LOG_MAIN, 2));
      assertThat(store.load().position(Log.LOG_CONTROL)).contains(position(Log.LOG_CONTROL, 9));
      assertThat(store.load().highestTerm()).isEqualTo(4);
    }
  }

  @Test
  void shouldFallBackToTheRecordBeforeATornOne() throws IOException {
    // given
    byte[] two = fileWith(1, 2);
    byte[] three = fileWith(1, 2, 3);
    for (int length = two.length; length < three.length; length++) {
      Path torn = write("torn" + length, java.util.Arrays.copyOf(three, length));
      // when
      try (CursorStore store = CursorStore.onDisk(torn)) {
        // then
        assertThat(store.load()).as("%d bytes", length).isEqualTo(cursor(2));
        store.save(cursor(5), List.of());
      }
      try (CursorStore store = CursorStore.onDisk(torn)) {
        assertThat(store.load()).isEqualTo(cursor(5));
      }
    }
  }

  @Test
  void shouldNeverLoadAnotherCursorThanOneThatWasSaved() throws IOException {
    // given
    byte[] whole = fileWith(1, 2, 3);
    int lastRecord = fileWith(1, 2).length;
    for (int i = 0; i < whole.length; i++) {
      byte[] damaged = whole.clone();
      damaged[i] ^= 0x10;
      Path path = write("damaged" + i, damaged);
      // when, then
      if (i >= lastRecord) {
        // A flipped byte in the last record cannot be told from a torn write; the one before is
        // safe.
        try (CursorStore store = CursorStore.onDisk(path)) {
          assertThat(store.load()).as("byte %d", i).isEqualTo(cursor(2));
        }
      } else {
        assertThatThrownBy(() -> CursorStore.onDisk(path))
            .as("byte %d", i)
            .isInstanceOf(CursorStoreException.class)
            .hasMessageContaining("Expected")
            .hasMessageContaining(path.toString());
      }
    }
  }

  @Test
  void shouldStaySmall() throws IOException {
    // given
    try (CursorStore store = DiskCursorStore.open(directory, 1_000)) {
      // when
      for (int i = 1; i <= 200; i++) {
        store.save(cursor(i), List.of());
      }
    }
    // then
    assertThat(Files.size(directory.resolve("cursor"))).isLessThan(1_100);
    try (CursorStore store = CursorStore.onDisk(directory)) {
      assertThat(store.load()).isEqualTo(cursor(200));
    }
  }

  @Test
  void shouldRefuseADirectoryInUse() {
    // given
    try (CursorStore store = CursorStore.onDisk(directory)) {
      // when, then
      assertThatThrownBy(() -> CursorStore.onDisk(directory))
          .isInstanceOf(CursorStoreException.class)
          .hasMessageContaining("another agent has it open");
      store.save(cursor(1), List.of());
    }
    CursorStore.onDisk(directory).close();
  }

  @Test
  void shouldRefuseANewerVersionAndFilesOfOthers() throws IOException {
    // given
    byte[] newer = fileWith(1);
    newer[7] = 9;
    Path newerPath = write("newer", newer);
    Path foreign =
        write("foreign", "#!/bin/sh\necho hello".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    Path empty = write("empty", new byte[0]);
    // when, then
    assertThatThrownBy(() -> CursorStore.onDisk(newerPath)).hasMessageContaining("version 9");
    assertThatThrownBy(() -> CursorStore.onDisk(foreign)).hasMessageContaining("something else");
    assertThatThrownBy(() -> CursorStore.onDisk(empty)).hasMessageContaining("shorter");
  }

  @Test
  void shouldRefuseTheCursorOfAnotherAgent() {
    // given
    AgentCursor stored = AgentCursor.parse(cursor(1).ownedBy("s", "a").toByteArray());
    // when, then
    assertThat(stored.ownedBy("s", "a")).isEqualTo(stored);
    assertThatThrownBy(() -> stored.ownedBy("s", "b"))
        .isInstanceOf(CursorStoreException.class)
        .hasMessageContaining("'b'");
  }

  @Test
  void shouldRefuseToSaveOnceClosed() {
    // given
    CursorStore store = CursorStore.onDisk(directory);
    store.close();
    // when, then
    assertThatThrownBy(() -> store.save(cursor(1), List.of())).hasMessageContaining("closed");
  }

  /**
   * A file as the store writes it: opening leaves a record of what was loaded, then one per save.
   */
  private byte[] fileWith(int... opIds) throws IOException {
    Path path = Files.createTempDirectory(directory, "template");
    try (CursorStore store = CursorStore.onDisk(path)) {
      for (int opId : opIds) {
        store.save(cursor(opId), List.of());
      }
    }
    return Files.readAllBytes(path.resolve("cursor"));
  }

  private Path write(String name, byte[] file) throws IOException {
    Path path = Files.createDirectories(directory.resolve(name));
    Files.write(path.resolve("cursor"), file);
    return path;
  }

  private static AgentCursor cursor(long opId) {
    return AgentCursor.empty().with(position(Log.LOG_MAIN, opId));
  }

  private static Position position(Log log, long opId) {
    return Position.newBuilder().setLog(log).setIncarnation(7).setEpoch(8).setOpId(opId).build();
  }
}
