package dev.swarmlog.server.path.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.v1.PublishRecord;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class TelemetryQueueTest {

  @Test
  void shouldShedAFloodingPublisherFirst() throws Exception {
    // given one that offers until it is shed
    TelemetryQueue queue = new TelemetryQueue(160, 1_000_000);
    int flooded = 0;
    while (queue.offer(batch("hive", "flood", 10))) {
      flooded++;
    }
    assertThat(flooded).isEqualTo(4);

    // when others of its swarm and of another one offer, and it goes on
    assertThat(queue.offer(batch("hive", "calm", 10))).isTrue();
    assertThat(queue.offer(batch("other", "calm", 10))).isTrue();
    assertThat(queue.offer(batch("hive", "flood", 10))).isFalse();

    // then they are not behind all of it
    List<String> order = new ArrayList<>();
    while (!queue.isEmpty()) {
      Telemetry.Batch taken = queue.poll(0);
      order.add(taken.swarm() + " " + taken.publisher());
    }
    assertThat(order).hasSize(6).contains("hive calm", "other calm");
    assertThat(queue.offer(batch("hive", "flood", 10))).isTrue();
  }

  @Test
  void shouldShedByBytesToo() {
    TelemetryQueue queue = new TelemetryQueue(1_000, 1_600);
    int taken = 0;
    while (queue.offer(batch("hive", "flood", 1))) {
      taken++;
    }
    assertThat(taken).isEqualTo(4);
    assertThat(queue.offer(batch("other", "calm", 1))).isTrue();
  }

  @Test
  void shouldAnswerNothingWhereNothingCame() throws Exception {
    assertThat(new TelemetryQueue(10, 10).poll(0)).isNull();
  }

  private static Telemetry.Batch batch(String swarm, String publisher, int records) {
    return new Telemetry.Batch(
        swarm,
        publisher,
        Collections.nCopies(records, PublishRecord.getDefaultInstance()),
        100,
        0,
        new StoredBatches());
  }
}
