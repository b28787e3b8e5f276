package dev.swarmlog.server.path.deliver;

import com.google.protobuf.ByteString;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.LostEvents;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.ScopeSums;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Holds the sums that a reader presents against those of the log. Stateless; reads from disk, so it
 * is called where blocking is allowed.
 */
final class ReaderSums {

  /** The state digest of a scope without keys. */
  private static final ByteString NO_KEYS = ByteString.copyFrom(new byte[16]);

  private final EventLog eventLog;

  ReaderSums(EventLog eventLog) {
    this.eventLog = eventLog;
  }

  /** The scopes whose keyed state, by the reader's own sums, is not what it should be. */
  List<Scope> drifted(SyncReader reader) {
    if (reader.resume().getSumsCount() == 0) {
      return List.of();
    }
    Map<Scope, ScopeSums> ours =
        eventLog
            .sums(reader.swarm().name(), reader.log(), reader.held(), reader.position().getOpId())
            .stream()
            .collect(Collectors.toMap(ScopeSums::getScope, sums -> sums));
    List<Scope> drifted = new ArrayList<>();
    for (ScopeSums theirs : reader.resume().getSumsList()) {
      ByteString own =
          ours.getOrDefault(theirs.getScope(), ScopeSums.getDefaultInstance()).getStateDigest();
      if (reader.held().contains(theirs.getScope())
          && !theirs.getStateDigest().isEmpty()
          && !theirs.getStateDigest().equals(own.isEmpty() ? NO_KEYS : own)) {
        drifted.add(theirs.getScope());
      }
    }
    return drifted;
  }

  /**
   * The events that it was not given and that are gone.
   *
   * @param given of which scopes it was given events
   */
  List<LostEvents> lost(SyncReader reader, View given, long horizonOpId) {
    List<ScopeSums> theirs = reader.resume().getSumsList();
    long fromOpId = reader.position().getOpId();
    return eventLog
        .lostEvents(reader.swarm().name(), reader.log(), given, theirs, horizonOpId)
        .stream()
        .map(
            lost ->
                LostEvents.newBuilder()
                    .setScope(lost.getScope())
                    .setFromOpId(fromOpId)
                    .setToOpId(horizonOpId)
                    .setCount(countsEvents(theirs, lost.getScope()) ? lost.getCount() : 0)
                    .build())
        .toList();
  }

  /** Whether a reader says how many events of a scope it has been given. */
  private static boolean countsEvents(List<ScopeSums> theirs, Scope scope) {
    return !theirs.isEmpty()
        && theirs.stream()
            .noneMatch(sums -> sums.getScope().equals(scope) && sums.getEventHash().isEmpty());
  }
}
