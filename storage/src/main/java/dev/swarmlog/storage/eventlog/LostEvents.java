package dev.swarmlog.storage.eventlog;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.ScopeSums;
import dev.swarmlog.v1.Skipped;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Accounts for events that are no longer there, by what sums say of them. */
final class LostEvents {

  private LostEvents() {}

  /**
   * The events that somebody lacks at an operation, by scope.
   *
   * @param ours sums there
   * @param held by scope, what the other has; scopes that are missing have no event
   */
  static List<Skipped> between(List<ScopeSums> ours, Map<Scope, ScopeSums> held) {
    List<Skipped> lost = new ArrayList<>();
    for (ScopeSums all : ours) {
      ScopeSums theirs = held.getOrDefault(all.getScope(), ScopeSums.getDefaultInstance());
      long count = all.getEventCount() - theirs.getEventCount();
      if (count > 0) {
        Sums rest = new Sums();
        rest.addEvents(count, all.getEventHash().toByteArray());
        if (!theirs.getEventHash().isEmpty()) {
          rest.removeEventHash(theirs.getEventHash().toByteArray());
        }
        lost.add(skipped(all.getScope(), rest));
      }
    }
    return lost;
  }

  /** Both together, one for each scope. */
  static List<Skipped> merged(Collection<Skipped> some, Collection<Skipped> others) {
    Map<Scope, Sums> sums = new LinkedHashMap<>();
    for (Collection<Skipped> part : List.of(some, others)) {
      for (Skipped skipped : part) {
        sums.computeIfAbsent(skipped.getScope(), scope -> new Sums())
            .addEvents(skipped.getCount(), skipped.getEventHash().toByteArray());
      }
    }
    List<Skipped> merged = new ArrayList<>(sums.size());
    sums.forEach((scope, sum) -> merged.add(skipped(scope, sum)));
    return merged;
  }

  static Skipped skipped(Scope scope, Sums sums) {
    return Skipped.newBuilder()
        .setScope(scope)
        .setCount(sums.eventCount())
        .setEventHash(ByteString.copyFrom(sums.eventHash()))
        .build();
  }
}
