package dev.swarmlog.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The threads that read the disk, and what waits for them. */
class ReadersTest {

  @Test
  void shouldLetSoManyReadsWaitAndRefuseTheNext() throws Exception {
    // given all threads at work
    Limits limits = Limits.defaults().with("maxSessions", 5);
    ThreadPoolExecutor readers = ServerModule.readers(limits);
    CountDownLatch working = new CountDownLatch(limits.readerThreads());
    CountDownLatch goOn = new CountDownLatch(1);
    AtomicInteger done = new AtomicInteger();
    for (int i = 0; i < limits.readerThreads(); i++) {
      readers.execute(
          () -> {
            working.countDown();
            awaitUninterrupted(goOn);
          });
    }
    working.await();

    // when three for each session come, and a thousand
    int waiting = 3 * limits.maxSessions() + 1_000;
    for (int i = 0; i < waiting; i++) {
      readers.execute(done::incrementAndGet);
    }

    // then there is no room for another, and those are all done
    assertThatThrownBy(() -> readers.execute(done::incrementAndGet))
        .isInstanceOf(RejectedExecutionException.class);
    goOn.countDown();
    readers.shutdown();
    assertThat(readers.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    assertThat(done).hasValue(waiting);
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
