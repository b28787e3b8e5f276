package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.DigestPart;
import dev.swarmlog.v1.DigestQuery;
import dev.swarmlog.v1.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class DigestPartsTest {
  private static final Scope A = Notation.scope("A");
  // One to four bytes each; in Java's order of strings the last two change places.
  private static final List<String> LETTERS =
      List.of("a", "z", "\u00E9", "\u20AC", "\uFFFD", "\uD83D\uDE00");

  @Test
  void shouldCoverTheIntervalWithPartsThatAddUp() {
    Long only = Long.getLong("simulation.seed");
    for (long seed = only == null ? 1 : only; seed <= (only == null ? 2_000 : only); seed++) {
      String reproduce = "-Dsimulation.seed=" + seed;
      // given
      Random random = new Random(seed);
      NavigableMap<String, ByteString> values = new TreeMap<>(Utf8::compare);
      ScopeLedger ledger = new ScopeLedger(A, new StateDigests(), true, true);
      int size = random.nextInt(random.nextBoolean() ? 6 : 200);
      for (int i = 0; i < size; i++) {
        String key = key(random);
        ByteString value = Notation.valueDigest("v" + random.nextInt(3));
        values.put(key, value);
        ledger.put(Utf8.bytes(key), value);
      }
      String after = random.nextInt(3) == 0 ? "" : key(random);
      String through = random.nextInt(3) == 0 ? "" : key(random);
      int maxParts = 2 + random.nextInt(random.nextBoolean() ? 4 : 63);
      // when
      List<DigestPart> parts = cut(ledger, after, through, maxParts);
      // then
      NavigableMap<String, ByteString> asked = within(values, after, through);
      assertThat(parts).as(reproduce).isNotEmpty().hasSizeLessThanOrEqualTo(maxParts);
      assertThat(parts.get(parts.size() - 1).getThroughKey()).as(reproduce).isEqualTo(through);
      String before = after;
      List<Long> counts = new ArrayList<>();
      for (DigestPart part : parts) {
        NavigableMap<String, ByteString> held = within(asked, before, part.getThroughKey());
        assertThat(part.getKeyCount()).as(reproduce).isEqualTo(held.size());
        assertThat(part.getDigest()).as(reproduce).isEqualTo(sum(held));
        counts.add(part.getKeyCount());
        before = part.getThroughKey();
      }
      assertThat(counts.stream().mapToLong(Long::longValue).sum()).isEqualTo(asked.size());
      long most = counts.stream().max(Long::compare).orElseThrow();
      if (asked.size() < maxParts) {
        assertThat(most).as(reproduce).isLessThanOrEqualTo(1);
      }
      if (asked.size() > maxParts) {
        assertThat(parts).as(reproduce).hasSize(maxParts);
        assertThat(counts).as(reproduce).allMatch(count -> most - count <= 1);
      }
      if (after.isEmpty() && through.isEmpty()) {
        assertThat(added(parts)).as(reproduce).isEqualTo(ledger.sums().getStateDigest());
      }
    }
  }

  @Test
  void shouldGoDownToEachKeyByTheSmallestParts() {
    // given
    ScopeLedger ledger = new ScopeLedger(A, new StateDigests(), true, true);
    for (int i = 0; i < 100; i++) {
      ledger.put(Utf8.bytes("k%03d".formatted(i)), Notation.valueDigest("a"));
    }
    // when
    List<String> ends = new ArrayList<>();
    descend(ledger, "", "", ends, 0);
    // then
    assertThat(ends).hasSize(101).contains("k000", "k099").endsWith("");
  }

  private static void descend(
      ScopeLedger ledger, String after, String through, List<String> ends, int depth) {
    assertThat(depth).as("the parts become smaller").isLessThan(10);
    String before = after;
    for (DigestPart part : cut(ledger, after, through, 2)) {
      if (part.getKeyCount() > 1) {
        descend(ledger, before, part.getThroughKey(), ends, depth + 1);
      } else if (part.getKeyCount() == 1 && !isHeld(ledger, part.getThroughKey())) {
        descend(ledger, before, part.getThroughKey(), ends, depth + 1);
      } else {
        ends.add(part.getThroughKey());
      }
      before = part.getThroughKey();
    }
  }

  private static boolean isHeld(ScopeLedger ledger, String key) {
    return ledger.holds(Utf8.bytes(key), Notation.valueDigest("a"));
  }

  private static List<DigestPart> cut(
      ScopeLedger ledger, String after, String through, int maxParts) {
    return DigestParts.cut(
        ledger.within(after, through),
        DigestQuery.newBuilder()
            .setScope(A)
            .setAfterKey(after)
            .setThroughKey(through)
            .setMaxParts(maxParts)
            .build());
  }

  private static String key(Random random) {
    StringBuilder key = new StringBuilder();
    for (int i = random.nextInt(4); i >= 0; i--) {
      key.append(LETTERS.get(random.nextInt(LETTERS.size())));
    }
    return key.toString();
  }

  private static NavigableMap<String, ByteString> within(
      NavigableMap<String, ByteString> values, String after, String through) {
    NavigableMap<String, ByteString> within = new TreeMap<>(Utf8::compare);
    values.forEach(
        (key, value) -> {
          if (Utf8.compare(key, after) > 0
              && (through.isEmpty() || Utf8.compare(key, through) <= 0)) {
            within.put(key, value);
          }
        });
    return within;
  }

  private static ByteString sum(Map<String, ByteString> values) {
    NaiveFold fold = new NaiveFold();
    fold.values.put(A, values);
    return fold.sums(A).getStateDigest();
  }

  private static ByteString added(List<DigestPart> parts) {
    byte[] sum = new byte[StateDigests.BYTES];
    parts.forEach(part -> StateDigests.add(sum, part.getDigest().toByteArray(), 0));
    return ByteString.copyFrom(sum);
  }
}
