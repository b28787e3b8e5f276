package dev.swarmlog.server.path.deliver;

import dev.swarmlog.storage.Page;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.v1.Elision;
import dev.swarmlog.v1.Elision.Reason;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The first of what a delta leaves out, ascending by operation ID. Each key that is sent costs a
 * seek, until enough are found. Used by one thread at a time, which may block.
 */
final class Elisions {

  /** Operations counted per elision. */
  private static final int MAX_LEFT_OUT = 1_000;

  private final LogReading reading;
  private final long fromExclusive;
  private final long toInclusive;
  private final int maxElisions;
  private final List<Elision> found = new ArrayList<>();

  /**
   * Nothing is found yet.
   *
   * @param fromExclusive what lies up to here is not counted; from the horizon on, or 0
   * @param toInclusive where the delta ends
   */
  Elisions(LogReading reading, long fromExclusive, long toInclusive, int maxElisions) {
    this.reading = reading;
    this.fromExclusive = fromExclusive;
    this.toInclusive = toInclusive;
    this.maxElisions = maxElisions;
  }

  private record Candidate(StoredOperation operation, Reason reason) {}

  /** Looks at the next page of the delta. */
  void examine(Page page) {
    if (found.size() >= maxElisions) {
      return;
    }
    List<Candidate> candidates = new ArrayList<>();
    for (StoredOperation sent : page.operations()) {
      if (sent.isKeyed()) {
        candidates.add(new Candidate(sent, Reason.REASON_SUPERSEDED));
      }
    }
    page.netZero().forEach(key -> candidates.add(new Candidate(key, Reason.REASON_NET_ZERO)));
    page.expired().forEach(event -> candidates.add(new Candidate(event, Reason.REASON_EXPIRED)));
    candidates.sort(Comparator.comparingLong(candidate -> candidate.operation().opId()));
    for (int i = 0; i < candidates.size() && found.size() < maxElisions; i++) {
      examine(candidates.get(i));
    }
  }

  /** In ascending order of operation ID. */
  List<Elision> found() {
    return found;
  }

  private void examine(Candidate candidate) {
    StoredOperation newest = candidate.operation();
    String key = newest.isKeyed() ? newest.toProto().getKey() : "";
    long leftOut =
        switch (candidate.reason()) {
          case REASON_SUPERSEDED -> versions(newest, key, MAX_LEFT_OUT + 1) - 1;
          case REASON_NET_ZERO -> versions(newest, key, MAX_LEFT_OUT);
          default -> 1;
        };
    if (leftOut > 0) {
      found.add(
          Elision.newBuilder()
              .setReason(candidate.reason())
              .setScope(newest.scope())
              .setKey(key)
              .setOpId(newest.opId())
              .setLeftOutCount(leftOut)
              .build());
    }
  }

  private long versions(StoredOperation newest, String key, long atMost) {
    return reading
        .eventLog()
        .countVersions(
            reading.swarm(),
            reading.log(),
            newest.scope(),
            key,
            fromExclusive,
            toInclusive,
            atMost);
  }
}
