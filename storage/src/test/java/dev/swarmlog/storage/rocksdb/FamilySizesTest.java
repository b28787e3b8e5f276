package dev.swarmlog.storage.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.storage.EventLog;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FamilySizesTest {

  @TempDir private Path directory;

  @Test
  void shouldSayWhatEachFamilyTakesUp() {
    // given: a shard whose rows are in files, as opening it again has written them
    Path data = directory.resolve("data");
    Stores.with(
        data,
        log -> {
          Stores.fill(log, 50, /* durable= */ true);
          return log;
        });
    long appliedIndex = Stores.with(data, EventLog::appliedIndex);
    assertThat(appliedIndex).isEqualTo(50);

    // when
    Map<String, Long> sizes = FamilySizes.of(data);

    // then
    assertThat(sizes)
        .containsOnlyKeys("log", "scope", "delta", "state", "history", "coordination", "meta");
    assertThat(sizes.get("meta")).isPositive();
    assertThat(sizes.get("log")).isPositive();
    assertThat(sizes.values()).allMatch(bytes -> bytes >= 0 && bytes < 1 << 20);
  }
}
