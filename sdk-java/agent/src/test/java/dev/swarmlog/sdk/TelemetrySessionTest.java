package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.TelemetryAck;
import dev.swarmlog.v1.TelemetryBatch;
import dev.swarmlog.v1.TelemetryHello;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TelemetrySessionTest {
  private final List<String> outputs = new ArrayList<>();
  private final TelemetrySession session =
      new TelemetrySession("s", "p", new Recorder(), new Backoff(new FixedRandom()));

  @Test
  void shouldCutWhatWaitsIntoBatchesAndKeepAFewInFlight() {
    // given
    for (int i = 0; i < 10 * TelemetrySession.MAX_BATCH_RECORDS; i++) {
      session.offer(record(i));
    }
    assertThat(session.poll()).isNull();
    // when
    session.welcome(0);
    // then
    List<TelemetryBatch> sent = new ArrayList<>();
    for (TelemetryBatch next = session.poll(); next != null; next = session.poll()) {
      sent.add(next);
    }
    assertThat(sent)
        .hasSize(TelemetrySession.MAX_IN_FLIGHT_BATCHES)
        .allMatch(batch -> batch.getRecordsCount() == TelemetrySession.MAX_BATCH_RECORDS);
    assertThat(sent).extracting(TelemetryBatch::getNumber).startsWith(1L, 2L, 3L);
    session.acked(TelemetryAck.newBuilder().setNumber(1).setShedCount(6).build());
    assertThat(session.poll().getNumber()).isEqualTo(9);
    assertThat(outputs).containsExactly("open stream", "taken 250, shed 6, dropped 0");
  }

  @Test
  void shouldBoundBatchesInBytes() {
    // given
    session.offer(large());
    session.offer(large());
    session.welcome(0);
    // when, then
    assertThat(session.poll().getRecordsCount()).isEqualTo(1);
    assertThat(session.poll().getRecordsCount()).isEqualTo(1);
    assertThat(session.poll()).isNull();
  }

  @Test
  void shouldDropWhatFindsNoRoomAndCountIt() {
    try (SwarmConnection nobody = SwarmConnection.to("127.0.0.1:1")) {
      TelemetryShell few = new TelemetryShell(nobody, "s", "p", 2, 1 << 20);
      TelemetryShell small = new TelemetryShell(nobody, "s", "p", 10, 300_000);

      assertThat(few.offer(record(1))).isTrue();
      assertThat(few.offer(record(2))).isTrue();
      assertThat(few.offer(record(3))).isFalse();
      assertThat(small.offer(large())).isTrue();
      assertThat(small.offer(large())).isFalse();
      assertThat(few.counts()).isEqualTo(new TelemetryCounts(3, 0, 0, 1));
      assertThat(small.counts()).isEqualTo(new TelemetryCounts(2, 0, 0, 1));
    }
  }

  @Test
  void shouldNeverSendTwiceAndCountWhatABrokenStreamLeaves() {
    // given
    session.offer(record(1));
    session.welcome(0);
    session.poll();
    session.offer(record(2));
    // when
    session.streamEnded(Statuses.failure("UNAVAILABLE", 0), 0);
    session.timer();
    session.welcome(0);
    // then
    assertThat(session.poll().getRecords(0)).isEqualTo(record(2));
    assertThat(session.poll()).isNull();
    assertThat(outputs)
        .containsExactly(
            "open stream", "taken 0, shed 0, dropped 1", "timer in 800 ms", "open stream");
  }

  @Test
  void shouldStayAwayWhileThereIsNothingToSend() {
    // given
    session.offer(record(1));
    session.welcome(0);
    session.poll();
    session.streamEnded(Statuses.failure("UNAVAILABLE", 0), 0);
    // when
    session.timer();
    // then
    assertThat(session.state()).isEqualTo(TelemetrySession.State.IDLE);
    session.offer(record(2));
    assertThat(session.state()).isEqualTo(TelemetrySession.State.CONNECTING);
  }

  @Test
  void shouldCountAnUnansweredBatchAsDroppedWhenALaterOneIsAnswered() {
    // given
    session.offer(record(1));
    session.welcome(0);
    session.poll();
    session.offer(record(2));
    session.poll();
    // when
    session.acked(TelemetryAck.newBuilder().setNumber(2).build());
    // then
    assertThat(outputs)
        .containsExactly("open stream", "taken 0, shed 0, dropped 1", "taken 1, shed 0, dropped 0");
  }

  @Test
  void shouldDropEverythingWhenClosed() {
    // given
    session.offer(record(1));
    session.welcome(0);
    session.poll();
    session.offer(record(2));
    // when
    session.close();
    session.offer(record(3));
    // then
    assertThat(outputs)
        .containsExactly(
            "open stream",
            "end stream",
            "taken 0, shed 0, dropped 1",
            "taken 0, shed 0, dropped 1",
            "taken 0, shed 0, dropped 1");
  }

  private static PublishRecord record(int number) {
    return PublishRecord.newBuilder().setKey("k" + number).build();
  }

  private static PublishRecord large() {
    return PublishRecord.newBuilder().setKey("k".repeat(200_000)).build();
  }

  private final class Recorder implements TelemetrySession.Output {
    @Override
    public void openStream(TelemetryHello hello) {
      outputs.add("open stream");
    }

    @Override
    public void endStream() {
      outputs.add("end stream");
    }

    @Override
    public void settled(long taken, long shed, long dropped, long bytes) {
      outputs.add("taken %d, shed %d, dropped %d".formatted(taken, shed, dropped));
    }

    @Override
    public void startTimer(long delayNs) {
      outputs.add("timer in %d ms".formatted(delayNs / 1_000_000));
    }
  }
}
