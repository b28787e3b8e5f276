package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.sdk.Payloads;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Origin;
import dev.swarmlog.v1.Topic;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Help.Ansi;

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
    assertThat(line(LEASE)).endsWith("held (expires after 30.0 s)");
    assertThat(line(livingFor(299_990))).endsWith("(expires after 5 min 0 s)");
    assertThat(line(livingFor(299_400))).endsWith("(expires after 4 min 59 s)");
    assertThat(OperationText.map(LEASE)).containsEntry("expiresAt", "2026-01-01T00:00:30Z");
    assertThat(line(LEASE.toBuilder().setExpiresAtUnixNano(1).build()))
        .endsWith("held (expired before it came)");
    assertThat(line(LEASE.toBuilder().clearExpiresAtUnixNano().build())).endsWith("held");
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

    assertThat(line(deleted)).contains("lease (deleted)");
    assertThat(line(expired)).contains("lease (expired)");
    assertThat(OperationText.map(expired)).containsEntry("originOpId", 6L);
  }

  @Test
  void shouldFitANarrowTerminal() {
    Operation wordy =
        LEASE.toBuilder()
            .setTopic(Topic.TOPIC_RECONCILIATION)
            .setTarget(Targets.role("scouts-of-the-north"))
            .setKey("a/key/that/is/long")
            .setPayload(Payloads.text("", "0123456789".repeat(20)))
            .build();
    Operation deleted =
        LEASE.toBuilder().setTombstone(true).clearPayload().clearExpiresAtUnixNano().build();

    assertThat(show(80, wordy, deleted))
        .containsExactly(
            "    OP  TIME      TOPIC      TARGET          KEY           PAYLOAD",
            "     7  00:00:00  reconcil…  role:scouts-o…  a/key/that/…  01234567890123456789…",
            "     7  00:00:00  commands   all             lease         (deleted)");
    assertThat(show(132, wordy))
        .allMatch(line -> line.length() <= 132)
        .anyMatch(line -> line.contains("PUBLISHER"));
    assertThat(show(Output.UNLIMITED, wordy))
        .anyMatch(line -> line.contains("0123456789".repeat(20)));
  }

  private static String line(Operation operation) {
    return show(Output.UNLIMITED, operation).get(1);
  }

  private static List<String> show(int columns, Operation... operations) {
    StringWriter out = new StringWriter();
    PrintWriter writer = new PrintWriter(out);
    OperationRows rows = new OperationRows(new Output(writer, writer, Ansi.OFF, () -> columns));
    for (Operation operation : operations) {
      rows.heading();
      rows.show(operation);
    }
    return out.toString().lines().toList();
  }
}
