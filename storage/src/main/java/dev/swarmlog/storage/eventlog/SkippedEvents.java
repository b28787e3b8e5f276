package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Skipped;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Accounts for events that are not handed out, so that a reader's sums still balance. */
public final class SkippedEvents {

  private SkippedEvents() {}

  /** Their number and their part of the event hash, by scope. */
  public static List<Skipped> byScope(Collection<StoredOperation> events) {
    Digests digests = new Digests();
    Map<Scope, Sums> sums = new LinkedHashMap<>();
    for (StoredOperation event : events) {
      byte[] valueDigest = event.toProto().getValueDigest().toByteArray();
      sums.computeIfAbsent(event.scope(), scope -> new Sums())
          .addEvent(digests.event(event.opId(), Scopes.digestPart(event.scope()), valueDigest));
    }
    List<Skipped> skipped = new ArrayList<>(sums.size());
    sums.forEach((scope, sum) -> skipped.add(LostEvents.skipped(scope, sum)));
    return skipped;
  }
}
