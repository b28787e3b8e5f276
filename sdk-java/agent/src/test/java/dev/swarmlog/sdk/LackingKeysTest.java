package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LackingKeysTest {

  private final LackingKeys keys = new LackingKeys();

  @Test
  void shouldKnowSoManyKeysAndSayWhenThereWereMore() {
    // given as many as are known, of which one was applied and another refused
    for (int i = 0; i < LackingKeys.MAX_KEYS; i++) {
      keys.note(Utf8.bytes("key-" + i), true);
    }
    keys.note(Utf8.bytes("key-0"), false);
    keys.note(Utf8.bytes("another"), true);
    keys.note(Utf8.bytes("key-1"), true);
    assertThat(keys.isOverflown()).isFalse();
    assertThat(keys.within("", "")).hasSize(LackingKeys.MAX_KEYS);

    // when
    keys.note(Utf8.bytes("one more"), true);

    // then
    assertThat(keys.isOverflown()).isTrue();
    assertThat(keys.within("", "")).hasSize(LackingKeys.MAX_KEYS);
    assertThat(keys.contains(Utf8.bytes("one more"))).isFalse();
  }
}
