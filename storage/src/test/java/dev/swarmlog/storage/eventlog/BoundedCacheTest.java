package dev.swarmlog.storage.eventlog;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class BoundedCacheTest {

  private final List<String> loaded = new ArrayList<>();

  @Test
  void shouldForgetLeastRecentlyUsedBetweenEntriesOnly() {
    // given
    BoundedCache<String, Integer> cache = new BoundedCache<>(2);
    cache.get("a", this::load);
    cache.get("b", this::load);
    cache.put("c", 3);
    cache.get("a", this::load);
    assertThat(loaded).containsExactly("a", "b");

    // when
    cache.trim();

    // then
    assertThat(cache.get("c", this::load)).isEqualTo(3);
    assertThat(cache.get("a", this::load)).isEqualTo(1);
    assertThat(loaded).containsExactly("a", "b");
    assertThat(cache.get("b", this::load)).isEqualTo(1);
    assertThat(loaded).containsExactly("a", "b", "b");
  }

  private Integer load(String key) {
    loaded.add(key);
    return key.length();
  }
}
