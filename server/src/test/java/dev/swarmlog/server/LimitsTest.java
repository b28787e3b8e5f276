package dev.swarmlog.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swarmlog.storage.EventLog;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class LimitsTest {

  @ParameterizedTest
  @CsvSource({
    "maxPayloadBytes, 4194305",
    "maxGroupBytes, 4259840",
    "maxInFlightGroups, 1025",
    "maxEntryCommands, 20001",
    "maxDeliveryBytes, 16777217",
    "maxUnacknowledgedOperations, 999",
    "maxTelemetryRecordsPerReader, 999",
    "maxHeldCallsPerConnection, 101",
    "maxUnservedCallsPerConnection, 1001",
    "maxResetsPerWindow, 1001",
    "maxControlFramesPerWindow, 200001"
  })
  void shouldRefuseLimitsThatDoNotFitTogether(String name, int value) {
    assertThatThrownBy(() -> Limits.defaults().with(name, value))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Expected ")
        .hasMessageContaining(name);
  }

  @Test
  void shouldLeaveRoomForThreeHeartbeats() {
    assertThatThrownBy(() -> Limits.defaults().with("heartbeatInterval", Duration.ofSeconds(7)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("heartbeatTimeout");
  }

  /** A client resets what is refused. A connection closed for that is followed by another. */
  @Test
  void shouldSlowAgentsThatAreNotServedBeforeTheirConnectionsAreClosed() {
    Limits limits = Limits.defaults();
    long heldPerWindow =
        limits.maxHeldCallsPerConnection() * limits.resetWindow().toMillis() / 1_000;
    assertThat(limits.maxUnservedCallsPerConnection() + heldPerWindow)
        .as("one wave, then calls whose client waits for a second")
        .isLessThan(limits.maxResetsPerWindow());
    assertThat(limits.maxHold())
        .as("clients wait for their first frame's answer for as long as the coordinator for that")
        .isLessThan(limits.handshakeTimeout());
  }

  @ParameterizedTest
  @MethodSource("names")
  void shouldRefuseLimitOfNothing(RecordComponent limit) {
    Object nothing =
        limit.getType() == int.class
            ? (Object) 0
            : limit.getType() == long.class ? (Object) 0L : Duration.ZERO;
    assertThatThrownBy(() -> Limits.defaults().with(limit.getName(), nothing))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Expected ");
  }

  @Test
  void shouldChangeOneLimitOnly() {
    // when
    Limits changed = Limits.defaults().with("maxSessions", 3);

    // then
    assertThat(changed.maxSessions()).isEqualTo(3);
    assertThat(changed.with("maxSessions", Limits.defaults().maxSessions()))
        .isEqualTo(Limits.defaults());
  }

  @Test
  void shouldRefuseUnknownName() {
    assertThatThrownBy(() -> Limits.defaults().with("maxFun", 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Expected the name of a limit, but got maxFun");
  }

  @Test
  void shouldTellClientsWhatTheyMustKeep() {
    // when
    dev.swarmlog.v1.Limits told = Limits.defaults().toProto();

    // then
    assertThat(told.getMaxPayloadBytes()).isEqualTo(1 << 20);
    assertThat(told.getMaxGroupRecords()).isEqualTo(1_000);
    assertThat(told.getDedupeWindow()).isEqualTo(EventLog.DEDUPE_WINDOW);
    assertThat(told.getIdempotencyTtlMs()).isEqualTo(Duration.ofDays(1).toMillis());
    assertThat(told.getAllFields())
        .as("all but drift_check_interval_ms, which is a setting")
        .hasSize(dev.swarmlog.v1.Limits.getDescriptor().getFields().size() - 1);
  }

  static Stream<RecordComponent> names() {
    return Arrays.stream(Limits.class.getRecordComponents());
  }

  @Test
  void shouldTakeNoMoreThanItsPartOfASmallHeap() throws Exception {
    Limits limits = Limits.defaults();
    assertThat(limits.within(8L << 30)).isEqualTo(limits);

    Limits small = limits.within(256L << 20);

    assertThat(small.maxTailBytesPerCoordinator()).isEqualTo(32L << 20);
    assertThat(small.maxTelemetryBytesPerCoordinator()).isEqualTo(32L << 20);
    assertThat(small.maxQueuedBytesPerShard()).isEqualTo(16L << 20);
    assertThat(small.maxWaitingPublishBytes()).isEqualTo(16 << 20);
    assertThat(small.maxQueuedTelemetryBytes()).isEqualTo(16 << 20);
    assertThat(small.maxFrameTimesBytes()).isEqualTo(8L << 20);
    assertThat(limits.within(1).maxQueuedBytesPerShard())
        .as("what one client may have under way")
        .isEqualTo(limits.maxInFlightBytesPerStream());

    SwarmlogServer.requireHeap(123L << 20);
    assertThatThrownBy(() -> SwarmlogServer.requireHeap(62L << 20))
        .isInstanceOf(StartupException.class)
        .hasMessageContaining("at least 128 MiB, but the Java runtime has 62 MiB");
  }
}
