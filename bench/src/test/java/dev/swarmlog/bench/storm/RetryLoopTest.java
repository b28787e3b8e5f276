package dev.swarmlog.bench.storm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RetryLoopTest {

  private static final int RATE = 5_000;

  private final RetryLoop.StormCounts counts = new RetryLoop.StormCounts();
  private final Queue<BrokenAgent.Ending> asked = new ConcurrentLinkedQueue<>();
  private final RetryLoop loop = new RetryLoop(new Silent(), RATE, counts);

  @AfterEach
  void end() {
    loop.end();
  }

  @Test
  void shouldHoldBackWhatIsDueWhileTooManyHaveNoAnswer() {
    // when
    new Thread(loop).start();

    // then
    await().untilAsserted(() -> assertThat(counts.heldBack().get()).isPositive());
    assertThat(counts.made().get()).isEqualTo(RetryLoop.MAX_OUTSTANDING);
    assertThat(asked).hasSize(RetryLoop.MAX_OUTSTANDING);
  }

  @Test
  void shouldGoOnAfterAnAnswerAndAfterARefusal() {
    // given
    new Thread(loop).start();
    await().until(() -> asked.size() == RetryLoop.MAX_OUTSTANDING);

    // when
    asked.remove().ended(true);
    asked.remove().ended(false);

    // then
    await().until(() -> counts.made().get() == RetryLoop.MAX_OUTSTANDING + 2);
    assertThat(counts.answered().get()).isEqualTo(1);
    assertThat(counts.refused().get()).isEqualTo(1);
  }

  @Test
  void shouldWaitForTheLastAnswers() throws Exception {
    // given
    new Thread(loop).start();
    await().until(() -> asked.size() == RetryLoop.MAX_OUTSTANDING);
    loop.end();

    // when
    boolean early = loop.awaitAnswers(1);
    asked.forEach(ending -> ending.ended(true));

    // then
    assertThat(early).isFalse();
    assertThat(loop.awaitAnswers(10_000)).isTrue();
  }

  private final class Silent implements BrokenAgent {
    @Override
    public void ask(Ending ending) {
      asked.add(ending);
    }

    @Override
    public void close() {}
  }
}
