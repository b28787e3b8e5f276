package dev.swarmlog.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.sdk.Batch;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.Position;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class FanoutAgentTest {

  private final FanoutClock clock = new FanoutClock();
  private final FanoutAgent agent = new FanoutAgent(clock, () -> {});

  @Test
  void shouldFindNothingWrongWithARunThatIsRight() {
    // when
    agent.handle(batch(0, 1, 2));
    agent.handle(batch(3));

    // then
    assertThat(agent.applied()).isEqualTo(4);
    assertThat(agent.lost() + agent.duplicated() + agent.outOfOrder()).isZero();
  }

  @Test
  void shouldCountWhatWasLost() {
    // when
    agent.handle(batch(0, 3));

    // then
    assertThat(agent.lost()).isEqualTo(2);
    assertThat(agent.applied()).isEqualTo(4);
  }

  @Test
  void shouldCountWhatCameTwice() {
    // when
    agent.handle(batch(0, 1));
    agent.handle(batch(1, 2));

    // then
    assertThat(agent.duplicated()).isEqualTo(1);
    assertThat(agent.lost()).isZero();
  }

  @Test
  void shouldCountWhatCameTooLate() {
    // when
    agent.handle(batch(0, 2, 1, 3));

    // then
    assertThat(agent.outOfOrder()).isEqualTo(1);
    assertThat(agent.lost()).isZero();
    assertThat(agent.duplicated()).isZero();
  }

  @Test
  void shouldMeasureOnlyWhileItIsTimeTo() {
    // when
    agent.handle(batch(0));
    clock.beginMeasuring();
    agent.handle(batch(1));
    clock.endMeasuring();
    agent.handle(batch(2));

    // then
    assertThat(agent.measuredCount()).isEqualTo(1);
    assertThat(agent.lagUs().getTotalCount()).isEqualTo(1);
  }

  private static Batch batch(long... numbers) {
    return new Batch(
        Log.LOG_MAIN,
        0,
        Position.getDefaultInstance(),
        Arrays.stream(numbers).mapToObj(FanoutAgentTest::operation).toList());
  }

  private static Operation operation(long number) {
    long dueNs = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(1);
    return Operation.newBuilder()
        .setPayload(
            Payload.newBuilder().setData(Stamp.payload(new byte[Stamp.BYTES], number, dueNs)))
        .build();
  }
}
