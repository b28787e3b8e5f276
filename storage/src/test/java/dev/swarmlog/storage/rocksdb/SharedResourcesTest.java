package dev.swarmlog.storage.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.swarmlog.storage.EventLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class SharedResourcesTest {

  private static final int LOWEST_PRIORITY = 19;
  private static final int ENTRIES = 20_000;

  // Behind the name in brackets, which may have spaces.
  private static final int NICENESS_FIELD = 16;

  @TempDir private Path directory;

  @Test
  @EnabledOnOs(OS.LINUX)
  void shouldLeaveTheProcessorToOthersWhileCompacting() {
    // given
    Path store = directory.resolve("store");
    try (DataDirectory data = DataDirectory.open(store, Stores.SMALL_BUFFERS);
        EventLog log = data.openShard(0)) {
      // when so much is written that there is something to compact
      Stores.fill(log, ENTRIES, /* durable= */ false);

      // then
      await().untilAsserted(() -> assertThat(nicenessOfCompactions()).contains(LOWEST_PRIORITY));
    }
  }

  private static List<Integer> nicenessOfCompactions() throws IOException {
    try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
      return threads
          .map(SharedResourcesTest::status)
          .filter(status -> status.contains("(rocksdb:low)"))
          .map(status -> status.substring(status.lastIndexOf(')') + 2).split(" ")[NICENESS_FIELD])
          .map(Integer::valueOf)
          .toList();
    }
  }

  private static String status(Path thread) {
    try {
      return Files.readString(thread.resolve("stat"));
    } catch (IOException e) {
      // It has ended.
      return "";
    }
  }
}
