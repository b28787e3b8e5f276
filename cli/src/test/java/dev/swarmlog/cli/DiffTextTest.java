package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.sdk.Payloads;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.Change;
import dev.swarmlog.v1.DiffPage;
import dev.swarmlog.v1.DiffResponse;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Topic;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Help.Ansi;

class DiffTextTest {

  private static final Instant EXPIRES = Instant.parse("2026-01-01T00:00:00Z");

  @Test
  void shouldShowAnEventUntilItsTimeIsOver() {
    assertThat(shown(EXPIRES.minusNanos(1), false)).contains("secret").doesNotContain("(expired)");
    assertThat(shown(EXPIRES.minusNanos(1), true)).contains("secret").doesNotContain("expired");
  }

  @Test
  void shouldMarkAnEventWhoseTimeIsOver() {
    assertThat(shown(EXPIRES, false)).contains("(expired)").doesNotContain("secret");
    assertThat(shown(EXPIRES, true)).contains("\"expired\":true").doesNotContain("secret");
  }

  private static String shown(Instant now, boolean json) {
    StringWriter out = new StringWriter();
    Output output = new Output(new PrintWriter(out), new PrintWriter(out), Ansi.OFF);
    Operation event =
        Operation.newBuilder()
            .setOpId(7)
            .setTopic(Topic.TOPIC_COMMANDS)
            .setTarget(Targets.all())
            .setOperationClass(OperationClass.OPERATION_CLASS_EVENT)
            .setPayload(Payloads.text("", "secret"))
            .setExpiresAtUnixNano(EXPIRES.getEpochSecond() * 1_000_000_000L)
            .build();
    new DiffText(output, json, now)
        .show(
            DiffResponse.newBuilder()
                .setPage(DiffPage.newBuilder().addChanges(Change.newBuilder().setAfter(event)))
                .build());
    return out.toString();
  }
}
