package dev.swarmlog.storage.eventlog;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.swarmlog.storage.AncestorEpoch;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Epochs of logs that a repair has cut. */
final class EpochsTest {

  private static final long FIRST = 1;
  private static final long SECOND = 2;

  @Test
  void shouldLowerForksToWhereTheLogsWereCut() {
    // given
    List<AncestorEpoch> before = List.of(ended(FIRST, 100, 10));

    // when the second loss reaches below the first one in main only
    List<AncestorEpoch> ancestors = Epochs.behind(ended(SECOND, 70, 12), before);

    // then
    assertThat(ancestors)
        .containsExactly(
            ended(SECOND, 70, 12),
            new AncestorEpoch(
                FIRST, fork(FIRST, Log.LOG_MAIN, 70), fork(FIRST, Log.LOG_CONTROL, 10), FIRST));
  }

  @Test
  void shouldLeaveForksBelowTheEnds() {
    // given
    List<AncestorEpoch> before = List.of(ended(FIRST, 100, 10));

    // when
    List<AncestorEpoch> ancestors = Epochs.behind(ended(SECOND, 120, 10), before);

    // then
    assertThat(ancestors).containsExactly(ended(SECOND, 120, 10), ended(FIRST, 100, 10));
  }

  private static AncestorEpoch ended(long epoch, int mainOpId, int controlOpId) {
    return new AncestorEpoch(
        epoch,
        fork(epoch, Log.LOG_MAIN, mainOpId),
        fork(epoch, Log.LOG_CONTROL, controlOpId),
        epoch);
  }

  private static Position fork(long epoch, Log log, int opId) {
    return Position.newBuilder()
        .setIncarnation(9)
        .setEpoch(epoch)
        .setLog(log)
        .setOpId(opId)
        .setRunningHash(ByteString.copyFrom(new byte[] {(byte) opId}))
        .build();
  }
}
