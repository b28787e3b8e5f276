package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Scope;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskCursorStoreTest {
  private static final ByteString A = Notation.valueDigest("a");

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
  void shouldKeepKeysWithTheCursor() throws IOException {
    // given
    Scope other = Notation.scope("B");
    try (CursorStore store = CursorStore.onDisk(directory)) {
      store.save(cursor(1), List.of(key("x", "a"), key("y", "a"), key("\uD83D\uDE00", "a")));
      store.save(cursor(2), List.of(key("x", "b"), key("y", null), new HeldKey(other, "x", A)));
      // Whatever comes last on a key counts.
      store.save(cursor(3), List.of(key("z", null), key("z", "a"), key("w", "a"), key("w", null)));
    }
    byte[] file = Files.readAllBytes(directory.resolve("cursor"));
    List<HeldKey> expected =
        List.of(key("x", "b"), key("\uD83D\uDE00", "a"), key("z", "a"), new HeldKey(other, "x", A));
    // when, then
    for (int i = 0; i < 2; i++) {
      try (CursorStore store = CursorStore.onDisk(directory)) {
        assertThat(store.load()).isEqualTo(cursor(3));
        assertThat(store.heldKeys()).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(store.heldKeys()).containsExactlyInAnyOrderElementsOf(expected);
      }
    }
    for (int torn = 1; torn < 40; torn++) {
      Path path = write("torn" + torn, java.util.Arrays.copyOf(file, file.length - torn));
      try (CursorStore store = CursorStore.onDisk(path)) {
        assertThat(store.load()).isEqualTo(cursor(2));
        assertThat(store.heldKeys())
            .containsExactlyInAnyOrder(
                key("x", "b"), key("\uD83D\uDE00", "a"), new HeldKey(other, "x", A));
      }
    }
  }

  @Test
  void shouldReadWhatVersion1Wrote() throws IOException {
    // given
    byte[] form = cursor(7).toByteArray();
    ByteBuffer file = ByteBuffer.allocate(16 + form.length);
    CRC32C checksum = new CRC32C();
    checksum.update(ByteBuffer.allocate(4).putInt(form.length).flip());
    checksum.update(form);
    file.putInt(0x53574C43).putInt(1).putInt(form.length).putInt((int) checksum.getValue());
    file.put(form);
    write("first", file.array());
    // when
    try (CursorStore store = CursorStore.onDisk(directory.resolve("first"))) {
      // then
      assertThat(store.load()).isEqualTo(cursor(7));
      assertThat(store.heldKeys()).isEmpty();
      store.save(cursor(8), List.of(key("x", "a")));
    }
    try (CursorStore store = CursorStore.onDisk(directory.resolve("first"))) {
      assertThat(store.load()).isEqualTo(cursor(8));
      assertThat(store.heldKeys()).containsExactly(key("x", "a"));
    }
  }

  @Test
  void shouldRewriteManyKeysRarely() throws IOException {
    // given
    int keys = 100_000;
    List<HeldKey> all = new ArrayList<>();
    for (int i = 0; i < keys; i++) {
      all.add(key("key " + i, "a"));
    }
    int rewrites = 0;
    try (CursorStore store = CursorStore.onDisk(directory)) {
      store.save(cursor(1), all);
      // when
      Path file = directory.resolve("cursor");
      Object inode = Files.getAttribute(file, "unix:ino");
      for (int i = 0; i < 400; i++) {
        List<HeldKey> changed = all.subList(i * 200, (i + 1) * 200);
        store.save(cursor(2 + i), changed.stream().map(key -> key(key.key(), "b")).toList());
        Object now = Files.getAttribute(file, "unix:ino");
        rewrites += now.equals(inode) ? 0 : 1;
        inode = now;
      }
    }
    // then
    assertThat(rewrites).isLessThanOrEqualTo(2);
    assertThat(Files.size(directory.resolve("cursor"))).isLessThan(keys * 2 * 40);
    try (CursorStore store = CursorStore.onDisk(directory)) {
      assertThat(store.load()).isEqualTo(cursor(401));
      assertThat(store.heldKeys()).hasSize(keys).contains(key("key 0", "b"), key("key 99999", "a"));
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

  private static HeldKey key(String key, String value) {
    return new HeldKey(
        Notation.scope("A"), key, value == null ? ByteString.EMPTY : Notation.valueDigest(value));
  }

  private static AgentCursor cursor(long opId) {
    return AgentCursor.empty().with(position(Log.LOG_MAIN, opId));
  }

  private static Position position(Log log, long opId) {
    return Position.newBuilder().setLog(log).setIncarnation(7).setEpoch(8).setOpId(opId).build();
  }
}
