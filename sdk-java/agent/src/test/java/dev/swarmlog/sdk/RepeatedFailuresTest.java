package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class RepeatedFailuresTest {
  private final RepeatedFailures failures = new RepeatedFailures();

  @Test
  void shouldLogOneOfACauseInAMinuteAndCountTheOthers() {
    // when
    assertThat(count(thrownAt(1), 0)).hasValue(0);
    for (int i = 1; i <= 7; i++) {
      assertThat(count(thrownAt(1), i)).isEmpty();
    }
    assertThat(count(thrownAt(1), RepeatedFailures.QUIET_NS - 1)).isEmpty();
    // then
    assertThat(count(thrownAt(1), RepeatedFailures.QUIET_NS)).hasValue(8);
    assertThat(count(thrownAt(1), RepeatedFailures.QUIET_NS + 1)).isEmpty();
    assertThat(count(thrownAt(1), 3 * RepeatedFailures.QUIET_NS)).hasValue(1);
  }

  @Test
  void shouldTellCausesApartByClassAndPlace() {
    // given
    count(thrownAt(1), 0);
    // when, then
    assertThat(count(thrownAt(2), 1)).hasValue(0);
    assertThat(count(at(new IllegalArgumentException(), 1), 1)).hasValue(0);
    assertThat(count(at(new IllegalStateException("in other words"), 1), 1)).isEmpty();
  }

  @Test
  void shouldTakeWhatHasNoPlace() {
    // given
    Throwable nowhere = new IllegalStateException();
    nowhere.setStackTrace(new StackTraceElement[0]);
    // when, then
    assertThat(count(nowhere, 0)).hasValue(0);
    assertThat(count(nowhere, 1)).isEmpty();
  }

  @Test
  void shouldForgetTheCauseThatWasLoggedFirst() {
    // given
    for (int line = 1; line <= RepeatedFailures.MAX_CAUSES; line++) {
      assertThat(count(thrownAt(line), line)).isEqualTo(OptionalLong.of(0));
    }
    // when
    count(thrownAt(0), 200);
    // then
    assertThat(count(thrownAt(2), 200)).isEmpty();
    assertThat(count(thrownAt(1), 200)).hasValue(0);
  }

  private OptionalLong count(Throwable thrown, long nowNs) {
    return failures.count(RepeatedFailures.place(thrown), nowNs);
  }

  private static Throwable thrownAt(int line) {
    return at(new IllegalStateException(), line);
  }

  private static Throwable at(Throwable thrown, int line) {
    thrown.setStackTrace(
        new StackTraceElement[] {new StackTraceElement("Handler", "handle", "Handler.java", line)});
    return thrown;
  }
}
