package dev.swarmlog.storage.eventlog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.storage.EventLog;
import org.junit.jupiter.api.Test;

/** How many operations that agents could not apply there is room for. */
class FailureRoomTest {

  private static final int SWARM = EventLog.MAX_FAILED_PER_SWARM;
  private static final int SHARD = EventLog.MAX_FAILED_PER_SHARD;
  private static final long BYTES = EventLog.MAX_FAILED_BYTES_PER_SWARM;

  @Test
  void shouldHaveRoomForSoManyOfASwarmAndOfAShard() {
    assertThat(OperationRefusals.hasRoom(false, SWARM - 1, SHARD - 1, 1)).isTrue();
    assertThat(OperationRefusals.hasRoom(false, SWARM, SHARD - 1, 1)).isFalse();
    assertThat(OperationRefusals.hasRoom(false, SWARM - 1, SHARD, 1)).isFalse();
    assertThat(OperationRefusals.hasRoom(true, SWARM, SHARD, 1)).as("refused once more").isTrue();
  }

  @Test
  void shouldHaveRoomForSoManyBytesOfASwarm() {
    assertThat(OperationRefusals.hasRoom(false, 0, 0, BYTES)).isTrue();
    assertThat(OperationRefusals.hasRoom(false, 0, 0, BYTES + 1)).isFalse();
    assertThat(OperationRefusals.hasRoom(true, 1, 1, BYTES + 1)).isFalse();
  }
}
