package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class RepeatedFailuresTest {
  private final RepeatedFailures failures = new RepeatedFailures();

  @Test
  void shouldLogOneOfACauseInAMinuteAndCountTheOthers() {
    // when
    assertThat(failures.count(thrownAt(1), 0)).hasValue(0);
    for (int i = 1; i <= 7; i++) {
      assertThat(failures.count(thrownAt(1), i)).isEmpty();
    }
    assertThat(failures.count(thrownAt(1), RepeatedFailures.QUIET_NS - 1)).isEmpty();
    // then
    assertThat(failures.count(thrownAt(1), RepeatedFailures.QUIET_NS)).hasValue(8);
    assertThat(failures.count(thrownAt(1), RepeatedFailures.QUIET_NS + 1)).isEmpty();
    assertThat(failures.count(thrownAt(1), 3 * RepeatedFailures.QUIET_NS)).hasValue(1);
  }

  @Test
  void shouldTellCausesApartByClassAndPlace() {
    // given
    failures.count(thrownAt(1), 0);
    // when, then
    assertThat(failures.count(thrownAt(2), 1)).hasValue(0);
    assertThat(failures.count(at(new IllegalArgumentException(), 1), 1)).hasValue(0);
    assertThat(failures.count(at(new IllegalStateException("in other words"), 1), 1)).isEmpty();
  }

  @Test
  void shouldTakeWhatHasNoPlace() {
    // given
    Throwable nowhere = new IllegalStateException();
    nowhere.setStackTrace(new StackTraceElement[0]);
    // when, then
    assertThat(failures.count(nowhere, 0)).hasValue(0);
    assertThat(failures.count(nowhere, 1)).isEmpty();
  }

  @Test
  void shouldForgetTheCauseThatWasLoggedFirst() {
    // given
    for (int line = 1; line <= RepeatedFailures.MAX_CAUSES; line++) {
      assertThat(failures.count(thrownAt(line), line)).isEqualTo(OptionalLong.of(0));
    }
    // when
    failures.count(thrownAt(0), 200);
    // then
    assertThat(failures.count(thrownAt(2), 200)).isEmpty();
    assertThat(failures.count(thrownAt(1), 200)).hasValue(0);
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
