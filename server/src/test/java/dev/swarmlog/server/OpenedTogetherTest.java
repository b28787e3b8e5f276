package dev.swarmlog.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class OpenedTogetherTest {

  private final Deque<Runnable> closers = new ArrayDeque<>();
  private final List<String> closed = new ArrayList<>();
  private final OpenedTogether opening = new OpenedTogether(closers);

  @Test
  void shouldOpenAllAndCloseThemInTheOppositeOrder() {
    // given: the second is done before the first
    CountDownLatch second = new CountDownLatch(1);
    boolean parallel = Runtime.getRuntime().availableProcessors() > 1;
    CompletableFuture<String> a =
        opening.begin(() -> parallel ? after(second, "a") : "a", closed::add);
    CompletableFuture<String> b =
        opening.begin(
            () -> {
              second.countDown();
              return "b";
            },
            closed::add);

    // when
    opening.await();
    closers.forEach(Runnable::run);

    // then
    assertThat(a).isCompletedWithValue("a");
    assertThat(b).isCompletedWithValue("b");
    assertThat(closed).containsExactly("b", "a");
  }

  @Test
  void shouldLeaveNothingOpenWhereOneFails() {
    // given
    IllegalStateException first = new IllegalStateException("first");
    IllegalStateException last = new IllegalStateException("last");
    opening.begin(() -> "a", closed::add);
    opening.begin(() -> failing(first), closed::add);
    opening.begin(() -> "c", closed::add);
    opening.begin(() -> failing(last), closed::add);

    // when
    assertThatThrownBy(opening::await).isSameAs(first).hasSuppressedException(last);

    // then
    closers.forEach(Runnable::run);
    assertThat(closed).containsExactly("c", "a");
  }

  private static String failing(RuntimeException failure) {
    throw failure;
  }

  private static String after(CountDownLatch latch, String part) {
    try {
      latch.await();
      return part;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
