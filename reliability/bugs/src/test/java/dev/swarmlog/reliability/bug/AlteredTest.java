package dev.swarmlog.reliability.bug;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;

final class AlteredTest {

  @Test
  void shouldReplaceWhatIsAlteredAndNothingElse() {
    // given
    Iterator<?> original = List.of("first").iterator();

    // when
    Iterator<?> endless = Altered.of(Iterator.class, original, new NeverAtItsEnd());

    // then
    assertThat(endless.next()).isEqualTo("first");
    assertThat(endless.hasNext()).isTrue();
    assertThatThrownBy(endless::next).isInstanceOf(NoSuchElementException.class);
  }

  @Test
  void shouldTakeOfARecordWhatWasWrittenDown() {
    // when
    Iterator<?> last = Altered.of(Iterator.class, List.of().iterator(), new OneMore("last"));

    // then
    assertThat(last.hasNext()).isFalse();
    assertThat(last.next()).isEqualTo("last");
  }

  @Test
  void shouldRefuseAnAlterationOfNothing() {
    assertThatThrownBy(() -> Altered.of(Iterator.class, List.of().iterator(), new Misspelt()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("hasNexxt");
  }

  static final class NeverAtItsEnd {
    boolean hasNext() {
      return true;
    }
  }

  record OneMore(String value) {
    public Object next() {
      return value;
    }
  }

  static final class Misspelt {
    boolean hasNexxt() {
      return true;
    }
  }
}
