package dev.swarmlog.storage.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.storage.TelemetryLog;
import dev.swarmlog.storage.eventlog.Entries;
import dev.swarmlog.storage.telemetry.TelemetryLogContract;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RocksTelemetryLogTest extends TelemetryLogContract {

  @TempDir private Path directory;
  private DataDirectory data;

  @Override
  protected TelemetryLog open() {
    data = DataDirectory.open(directory.resolve("data"), Stores.OPTIONS);
    return data.openTelemetry();
  }

  @AfterEach
  void closeDirectory() {
    data.close();
  }

  @Test
  void shouldGoOnWithoutGapAfterACleanStop() {
    // given
    Path store = directory.resolve("clean");
    long last = append(store);

    // then
    assertThat(append(store)).isEqualTo(last + 1);
  }

  @Test
  void shouldLeaveAGapAndReuseNothingAfterAnUncleanStop() {
    // given
    Path running = directory.resolve("running");
    Path crashed = directory.resolve("crashed");
    long last;
    try (DataDirectory open = DataDirectory.open(running, Stores.OPTIONS);
        TelemetryLog log = open.openTelemetry()) {
      last =
          log.append("s", "anna", TelemetryLogContract.records("1"), Entries.START_UNIX_NS)
              .get(0)
              .opId();
      log.sync();
      Stores.copy(running, crashed);
    }

    // then
    assertThat(append(crashed)).isGreaterThan(last + 1);
    try (DataDirectory open = DataDirectory.open(crashed, Stores.OPTIONS);
        TelemetryLog log = open.openTelemetry()) {
      assertThat(log.readLatest("s", 10)).hasSize(2);
    }
  }

  private static long append(Path store) {
    try (DataDirectory open = DataDirectory.open(store, Stores.OPTIONS);
        TelemetryLog log = open.openTelemetry()) {
      return log.append("s", "anna", TelemetryLogContract.records("1"), Entries.START_UNIX_NS)
          .get(0)
          .opId();
    }
  }
}
