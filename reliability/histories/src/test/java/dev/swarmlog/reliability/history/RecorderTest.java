package dev.swarmlog.reliability.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class RecorderTest {

  private final AtomicLong nowNs = new AtomicLong(1_000);
  private final Recorder recorder = new Recorder("fleet/main", nowNs::get);

  @Test
  void shouldNoteWhenCallsBeginAndEnd() {
    // given
    nowNs.set(1_010);
    Recorder.Begun first = recorder.begin("alice", Story.askHead());
    Recorder.Begun second = recorder.begin("bob", Story.publish("a"));

    // when
    nowNs.set(1_025);
    first.end(Story.head(0));

    // then
    assertThat(recorder.history().calls())
        .containsExactly(
            new Call(1, "alice", 10, 25, Story.askHead(), Story.head(0)),
            new Call(2, "bob", 10, 25, Story.publish("a"), Story.unknown()));

    // and once the other one has ended, too
    nowNs.set(1_030);
    second.end(Story.ack(1));
    assertThat(recorder.history().calls().get(1).answer()).isEqualTo(Story.ack(1));
    assertThatThrownBy(() -> second.end(Story.ack(1))).isInstanceOf(IllegalStateException.class);
  }
}
