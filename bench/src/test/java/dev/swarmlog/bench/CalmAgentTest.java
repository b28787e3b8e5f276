package dev.swarmlog.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.sdk.Batch;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.Position;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class CalmAgentTest {

  private static final String CALM = IsolationWorkload.CALM_PUBLISHER;

  private final CalmAgent agent = new CalmAgent();
  private final PhaseFigures figures = new PhaseFigures();

  @Test
  void shouldCountWhatItsOwnPublisherSentWhileItIsToldTo() {
    // when
    agent.handle(batch(CALM, 0));
    agent.countInto(figures.lagUs());
    agent.handle(batch(CALM, 1, 2));
    agent.handle(batch("flood", 0, 1, 2, 3));
    agent.countInto(null);
    agent.handle(batch(CALM, 3));

    // then
    assertThat(figures.lagUs().getTotalCount()).isEqualTo(2);
    assertThat(agent.received()).isEqualTo(4);
    assertThat(agent.misplaced()).isZero();
  }

  @Test
  void shouldFindWhatIsMissingAndWhatCameTwice() {
    // when
    agent.handle(batch(CALM, 0, 1, 1, 3));

    // then
    assertThat(agent.received()).isEqualTo(2);
    assertThat(agent.misplaced()).isEqualTo(2);
  }

  private static Batch batch(String publisher, long... numbers) {
    return new Batch(
        Log.LOG_MAIN,
        0,
        Position.getDefaultInstance(),
        Arrays.stream(numbers)
            .mapToObj(
                number ->
                    Operation.newBuilder()
                        .setPublisher(publisher)
                        .setPayload(
                            Payload.newBuilder()
                                .setData(
                                    Stamp.payload(
                                        new byte[Stamp.BYTES], number, System.nanoTime())))
                        .build())
            .toList());
  }
}
