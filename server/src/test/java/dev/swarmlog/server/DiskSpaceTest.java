package dev.swarmlog.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.server.DiskSpace.State;
import dev.swarmlog.server.configuration.DiskSettings;
import dev.swarmlog.storage.rocksdb.DataDirectory;
import dev.swarmlog.storage.rocksdb.DiskReserve;
import dev.swarmlog.storage.rocksdb.StorageOptions;
import dev.swarmlog.v1.ErrorReason;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Space as a test says, and a real reserve. */
final class DiskSpaceTest {

  private static final long MIB = 1L << 20;
  private static final DiskSettings SETTINGS = new DiskSettings(100 * MIB, 6 * MIB);

  /** Without the reserve. */
  private long leftMib = 1_000;

  private boolean failing;
  private final List<Long> roomWhenLow = new ArrayList<>();
  private DataDirectory directory;
  private DiskReserve reserve;
  private DiskSpace space;

  @TempDir private Path folder;

  @BeforeEach
  void open() throws Exception {
    directory = DataDirectory.open(folder, StorageOptions.defaults().withShardCount(1));
    reserve = directory.reserve(SETTINGS.reserveBytes());
    space = new DiskSpace(SETTINGS, folder, path -> usable(), reserve);
    space.whenLow(roomWhenLow::add);
  }

  @AfterEach
  void close() {
    space.close();
    directory.close();
  }

  /** What others may write: all that is left, and the reserve where it is not there. */
  private long usable() throws IOException {
    if (failing) {
      throw new IOException("the device is gone");
    }
    return leftMib * MIB + reserve.bytes() - reserve.heldBytes();
  }

  @Test
  void shouldRefuseDataBelowTheBoundUntilThereIsClearlyMoreForAWhile() {
    // given
    left(100);
    assertThat(space.refusal()).isNull();
    assertThat(space.state()).isEqualTo(State.ENOUGH);

    // when
    left(99);

    // then
    assertThat(space.state()).isEqualTo(State.LOW);
    assertThat(space.refusal())
        .satisfies(
            refusal -> {
              assertThat(refusal.reason()).isEqualTo(ErrorReason.ERROR_REASON_DISK_FULL);
              assertThat(refusal.message())
                  .isEqualTo(
                      "Expected space for more than control, but the coordinator's disk is low: 99 MiB are left beside the reserve, of 100.");
              assertThat(refusal.retryAfter()).isEqualTo(DiskSpace.RETRY_AFTER);
            });

    // and somewhat more is not enough, nor much more for a moment
    look(20, 124);
    assertThat(space.state()).isEqualTo(State.LOW);
    look(6, 125);
    assertThat(space.state()).isEqualTo(State.LOW);
    left(124);
    look(6, 125);
    assertThat(space.state()).isEqualTo(State.LOW);
    left(125);
    assertThat(space.state()).isEqualTo(State.ENOUGH);
    assertThat(space.refusal()).isNull();
  }

  @Test
  void shouldHaveBuffersWrittenOutOnceWhenItBecomesLow() {
    look(3, 90);
    assertThat(roomWhenLow).containsExactly((90 + 6 - 16) * MIB);
    look(10, 200);
    look(3, 80);
    assertThat(roomWhenLow).hasSize(2);
  }

  @Test
  void shouldLetTheReserveGrowWhileThereIsEnough() throws Exception {
    // given: not at once, a coordinator of a test is gone by then
    look(10, 1_000);
    assertThat(reserve.heldBytes()).isZero();

    // when
    look(2, 1_000);

    // then
    assertThat(reserve.heldBytes()).isEqualTo(reserve.bytes());
  }

  @Test
  void shouldGiveUpTheReserveBeforeTheDiskIsFullAndMakeItAgain() throws Exception {
    // given
    look(15, 1_000);

    // when
    left(16);
    assertThat(reserve.heldBytes()).isEqualTo(reserve.bytes());
    left(15);

    // then: which changes nothing in what is left
    assertThat(reserve.heldBytes()).isZero();
    assertThat(space.state()).isEqualTo(State.LOW);
    look(10, 15);
    assertThat(space.state()).isEqualTo(State.LOW);

    // when
    look(10, 1_000);

    // then
    assertThat(space.state()).isEqualTo(State.ENOUGH);
    assertThat(reserve.heldBytes()).isEqualTo(reserve.bytes());
  }

  @Test
  void shouldGiveUpTheReserveForAShardAndNotForTelemetry() throws Exception {
    // given
    look(15, 1_000);

    // when
    space.full("telemetry", /* mayHaveReserve= */ false);

    // then: data of the log is taken all the same
    assertThat(reserve.heldBytes()).isEqualTo(reserve.bytes());
    assertThat(space.state()).isEqualTo(State.FULL);
    assertThat(space.refusal()).isNull();

    // when
    space.full("shard 0", /* mayHaveReserve= */ true);
    space.roomAgain("telemetry");
    look(5, 1_000);

    // then
    assertThat(reserve.heldBytes()).isZero();
    assertThat(space.state()).isEqualTo(State.FULL);
    space.roomAgain("shard 0");
    look(5, 1_000);
    assertThat(space.state()).isEqualTo(State.ENOUGH);
    assertThat(reserve.heldBytes()).isEqualTo(reserve.bytes());
  }

  @Test
  void shouldGoOnLookingWhereTheDeviceDoesNotAnswer() {
    left(50);
    failing = true;
    look(3, 1_000);
    assertThat(space.state()).isEqualTo(State.LOW);
    failing = false;
    look(10, 1_000);
    assertThat(space.state()).isEqualTo(State.ENOUGH);
  }

  @Test
  void shouldAlwaysHaveEnoughInMemory() {
    DiskSpace endless = DiskSpace.endless();
    endless.start();
    endless.look();
    assertThat(endless.refusal()).isNull();
    assertThat(endless.known()).isFalse();
    endless.close();
  }

  private void left(long mib) {
    look(1, mib);
  }

  private void look(int times, long mib) {
    leftMib = mib;
    for (int i = 0; i < times; i++) {
      space.look();
    }
  }
}
