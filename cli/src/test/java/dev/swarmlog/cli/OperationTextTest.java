package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.sdk.Payloads;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Origin;
import dev.swarmlog.v1.Topic;
import org.junit.jupiter.api.Test;

class OperationTextTest {

  private static final long APPENDED_UNIX_NS = 1_767_225_600_000_000_000L;
  private static final Operation LEASE =
      Operation.newBuilder()
          .setOpId(7)
          .setTopic(Topic.TOPIC_COMMANDS)
          .setTarget(Targets.all())
          .setOperationClass(OperationClass.OPERATION_CLASS_KEYED)
          .setKey("lease")
          .setPublisher("agent-1")
          .setPayload(Payloads.text("", "held"))
          .setAppendTimeUnixNano(APPENDED_UNIX_NS)
          .setExpiresAtUnixNano(APPENDED_UNIX_NS + 30_000_000_000L)
          .build();

  @Test
  void shouldSayHowLongAnOperationLives() {
    assertThat(OperationText.line(LEASE)).endsWith("held (expires after 30.0 s)");
    assertThat(OperationText.line(livingFor(299_990))).endsWith("(expires after 5 min 0 s)");
    assertThat(OperationText.line(livingFor(299_400))).endsWith("(expires after 4 min 59 s)");
    assertThat(OperationText.map(LEASE)).containsEntry("expiresAt", "2026-01-01T00:00:30Z");
    assertThat(OperationText.line(LEASE.toBuilder().setExpiresAtUnixNano(1).build()))
        .endsWith("held (expired before it came)");
    assertThat(OperationText.line(LEASE.toBuilder().clearExpiresAtUnixNano().build()))
        .endsWith("held");
  }

  private static Operation livingFor(long ms) {
    return LEASE.toBuilder().setExpiresAtUnixNano(APPENDED_UNIX_NS + ms * 1_000_000).build();
  }

  @Test
  void shouldTellWhatHasExpiredFromWhatWasDeleted() {
    Operation deleted =
        LEASE.toBuilder().setTombstone(true).clearPayload().clearExpiresAtUnixNano().build();
    Operation expired =
        deleted.toBuilder().clearPublisher().setOrigin(Origin.newBuilder().setOpId(6)).build();

    assertThat(OperationText.line(deleted)).contains("lease (deleted)");
    assertThat(OperationText.line(expired)).contains("lease (expired)");
    assertThat(OperationText.map(expired)).containsEntry("originOpId", 6L);
  }
}
