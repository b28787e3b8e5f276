package dev.swarmlog.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.sdk.Publication;
import dev.swarmlog.v1.Payload;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KeyedStateTest {

  private static final int KEYS = 1_000;

  private final KeyedState state = new KeyedState(KEYS, 1);
  private final Map<String, Payload> before = new HashMap<>(state.values());

  @Test
  void shouldBeginWithAValueForEachKey() {
    // when
    List<Publication> publications = state.publications();

    // then
    assertThat(publications).hasSize(KEYS);
    assertThat(before).hasSize(KEYS);
  }

  @Test
  void shouldChangeMostDeleteSomeAndAddAsMany() {
    // when
    KeyedState.Change change = state.change(100);

    // then
    assertThat(change.publications()).hasSize(100);
    assertThat(change.deleted()).hasSize(10).allMatch(before::containsKey);
    assertThat(change.set()).hasSize(90);
    assertThat(change.set()).filteredOn(key -> !before.containsKey(key)).hasSize(10);
    assertThat(state.values()).hasSize(KEYS);
  }

  @Test
  void shouldDifferInExactlyTheKeysThatItNames() {
    for (int i = 0; i < 20; i++) {
      // when
      KeyedState.Change change = state.change(300);

      // then
      Map<String, Payload> after = state.values();
      assertThat(after.keySet())
          .filteredOn(key -> !after.get(key).equals(before.get(key)))
          .containsExactlyInAnyOrderElementsOf(change.set());
      assertThat(before.keySet())
          .filteredOn(key -> !after.containsKey(key))
          .containsExactlyInAnyOrderElementsOf(change.deleted());
      before.clear();
      before.putAll(after);
    }
  }

  @Test
  void shouldOnlyChangeValuesWhereFewDiffer() {
    KeyedState.Change change = state.change(9);

    assertThat(change.set()).hasSize(9).allMatch(before::containsKey);
    assertThat(change.deleted()).isEmpty();
  }
}
