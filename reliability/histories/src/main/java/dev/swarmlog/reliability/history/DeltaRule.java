package dev.swarmlog.reliability.history;

import static dev.swarmlog.reliability.history.Evidence.violation;

import dev.swarmlog.reliability.history.Answer.Read;
import dev.swarmlog.reliability.history.Violation.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a sync has to hand out: every event, and of each key whose value differs exactly its newest
 * operation. Computed from the log alone.
 */
final class DeltaRule {

  private record Key(String scope, String key) {}

  private final Placement placement;

  /** The versions of each key, by operation ID. */
  private final Map<Key, TreeMap<Long, Content>> versions = new HashMap<>();

  DeltaRule(Placement placement) {
    this.placement = placement;
    for (Publication publication : placement.inOrder()) {
      long opId = placement.firstOpId(publication).orElse(0L);
      for (Content content : publication.request.records()) {
        if (content.isKeyed()) {
          versions.computeIfAbsent(keyOf(content), absent -> new TreeMap<>()).put(opId, content);
        }
        opId++;
      }
    }
  }

  /** What is wrong with the answer of a sync; null if nothing is, or the log is not known. */
  @Nullable Violation check(Call call) {
    if (!(call.request() instanceof Request.Sync sync)
        || !(call.answer() instanceof Read read)
        || !read.whole()
        || placement.firstFreeFrom(1) <= read.toInclusive()) {
      return null;
    }
    TreeSet<Long> owed = owed(sync, read.toInclusive());
    List<Entry> tooMuch = new ArrayList<>();
    for (Entry entry : read.entries()) {
      if (!owed.remove(entry.opId())) {
        tooMuch.add(entry);
      }
    }
    if (!owed.isEmpty()) {
      return violation(
          Kind.WRONG_READ,
          "Expected the delta of (%d, %d] to have operation %d, %s, but it lacks it"
              .formatted(
                  sync.fromExclusive(),
                  read.toInclusive(),
                  owed.first(),
                  placement.record(owed.first())),
          call);
    }
    if (!tooMuch.isEmpty()) {
      return violation(
          Kind.WRONG_READ,
          "Expected the delta of (%d, %d] without %s, for its key has a later operation or its old value, but it was sent"
              .formatted(sync.fromExclusive(), read.toInclusive(), tooMuch.get(0)),
          call);
    }
    return null;
  }

  private TreeSet<Long> owed(Request.Sync sync, long toInclusive) {
    TreeSet<Long> owed = new TreeSet<>();
    for (long opId = sync.fromExclusive() + 1; opId <= toInclusive; opId++) {
      Content content = placement.record(opId);
      if (content != null
          && sync.sees(content)
          && (!content.isKeyed() || isOwed(content, opId, sync.fromExclusive(), toInclusive))) {
        owed.add(opId);
      }
    }
    return owed;
  }

  private boolean isOwed(Content content, long opId, long fromExclusive, long toInclusive) {
    TreeMap<Long, Content> ofKey = versions.getOrDefault(keyOf(content), new TreeMap<>());
    return ofKey.floorKey(toInclusive) == opId
        && !Objects.equals(liveValue(ofKey, fromExclusive), liveValue(ofKey, toInclusive));
  }

  /** Null if the key is not there. */
  private static @Nullable String liveValue(TreeMap<Long, Content> ofKey, long opId) {
    Map.Entry<Long, Content> newest = ofKey.floorEntry(opId);
    return newest == null || newest.getValue().tombstone() ? null : newest.getValue().value();
  }

  private static Key keyOf(Content content) {
    return new Key(content.scope(), content.key());
  }
}
