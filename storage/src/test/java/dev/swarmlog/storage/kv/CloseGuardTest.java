package dev.swarmlog.storage.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class CloseGuardTest {

  private final CloseGuard guard = new CloseGuard("store");
  private final List<String> steps = new CopyOnWriteArrayList<>();

  @Test
  void shouldLetNobodyElseInWhileSomebodyIsAlone() throws Exception {
    // given a reader inside
    guard.enter();
    CountDownLatch isAlone = new CountDownLatch(1);
    CountDownLatch finish = new CountDownLatch(1);
    Thread writer =
        new Thread(
            () ->
                guard.alone(
                    () -> {
                      steps.add("alone");
                      isAlone.countDown();
                      await(finish);
                      steps.add("done");
                    }));

    // when
    writer.start();
    awaitWaiting(writer);
    steps.add("first reader leaves");
    guard.exit();
    isAlone.await();
    Thread reader =
        new Thread(
            () -> {
              guard.enter();
              steps.add("second reader");
              guard.exit();
            });
    reader.start();
    awaitWaiting(reader);
    finish.countDown();
    writer.join();
    reader.join();

    // then
    assertThat(steps).containsExactly("first reader leaves", "alone", "done", "second reader");
  }

  @Test
  void shouldLetOthersInAfterAFailure() {
    assertThatThrownBy(
            () ->
                guard.alone(
                    () -> {
                      throw new IllegalStateException("in vain");
                    }))
        .hasMessage("in vain");
    guard.enter();
    guard.exit();
  }

  @Test
  void shouldLetNobodyBeAloneOnceItIsClosed() {
    guard.close();
    assertThatThrownBy(() -> guard.alone(() -> steps.add("alone")))
        .hasMessageContaining("has been closed");
    assertThat(steps).isEmpty();
  }

  private static void awaitWaiting(Thread thread) {
    while (thread.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
