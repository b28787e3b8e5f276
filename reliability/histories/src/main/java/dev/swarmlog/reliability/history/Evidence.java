package dev.swarmlog.reliability.history;

import dev.swarmlog.reliability.history.Answer.Appended;
import dev.swarmlog.reliability.history.Answer.Head;
import dev.swarmlog.reliability.history.Answer.Read;
import dev.swarmlog.reliability.history.Violation.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What acks and reads say of where each group is, whatever the order of time.
 *
 * <p>Answers are taken in the order in which they came, so that the first one that contradicts
 * those before it is told.
 */
final class Evidence {

  /** A record of a group. */
  private record Place(Publication publication, int index) {}

  private final Map<Object, Publication> publications = new LinkedHashMap<>();
  private final Map<String, Place> byTag = new HashMap<>();
  private final Placement placement = new Placement();

  /** The call that first told where a group is. */
  private final Map<Publication, Call> toldBy = new HashMap<>();

  private final Map<Long, Call> hashToldBy = new HashMap<>();
  private final Map<Long, String> hashes = new HashMap<>();
  private final TreeMap<Long, Long> loggedTimes = new TreeMap<>();
  private final Map<Long, Call> timeToldBy = new HashMap<>();
  private long headOpId;

  private Evidence() {}

  /** Where groups are, or what contradicts itself. */
  static Evidence of(History history) {
    Evidence evidence = new Evidence();
    history.calls().forEach(evidence::addAttempt);
    return evidence;
  }

  /** Takes the answers; null if they agree. */
  @Nullable Violation take(History history) {
    List<Call> answered = new ArrayList<>(history.calls());
    answered.removeIf(Call::isUnknown);
    answered.sort(Comparator.comparingLong(Call::returnedNs));
    for (Call call : answered) {
      Violation violation = take(call);
      if (violation != null) {
        return violation;
      }
    }
    return null;
  }

  /** All groups that somebody tried to append. */
  List<Publication> publications() {
    return List.copyOf(publications.values());
  }

  /** Where those are of which it is known. */
  Placement placement() {
    return placement;
  }

  /** The highest operation ID that anybody was told of. */
  long headOpId() {
    return headOpId;
  }

  Optional<Call> toldBy(Publication publication) {
    return Optional.ofNullable(toldBy.get(publication));
  }

  private void addAttempt(Call call) {
    if (call.request() instanceof Request.Publish publish) {
      // Without a number each attempt is a request of its own; History saw to it that tags differ.
      Publication publication =
          publications.computeIfAbsent(publish, absent -> new Publication(publish));
      publication.attempts.add(call);
      for (int i = 0; i < publish.records().size(); i++) {
        byTag.put(publish.records().get(i).tag(), new Place(publication, i));
      }
    }
  }

  private @Nullable Violation take(Call call) {
    Answer answer = call.answer();
    if (answer instanceof Appended appended) {
      return takeAck(call, appended);
    }
    if (answer instanceof Head head) {
      headOpId = Math.max(headOpId, head.opId());
      return takeHash(call, head.opId(), head.hash());
    }
    if (answer instanceof Read read) {
      return takeRead(call, read);
    }
    return null;
  }

  private @Nullable Violation takeAck(Call call, Appended appended) {
    Publication publication = publications.get(call.request());
    if (publication == null) {
      throw new IllegalStateException("Expected the request of " + call + " to be known");
    }
    long told = appended.lastOpId() - appended.firstOpId() + 1;
    if (appended.firstOpId() < 1 || told != publication.size()) {
      return violation(
          Kind.GROUP_TORN,
          "Expected a group of %d to get as many operation IDs, from 1 on, but it got %d to %d"
              .formatted(publication.size(), appended.firstOpId(), appended.lastOpId()),
          call);
    }
    Violation misplaced = locate(publication, appended.firstOpId(), call);
    return misplaced != null ? misplaced : takeHash(call, appended.lastOpId(), appended.hash());
  }

  private @Nullable Violation takeRead(Call call, Read read) {
    long before =
        call.request() instanceof Request.Sync sync
            ? sync.fromExclusive()
            : ((Request.Tail) call.request()).fromExclusive();
    long from = before;
    for (Entry entry : read.entries()) {
      if (entry.opId() <= before || entry.opId() > read.toInclusive()) {
        return violation(
            Kind.WRONG_READ,
            "Expected operations of (%d, %d], ascending, but got %s behind %d"
                .formatted(from, read.toInclusive(), entry, before),
            call);
      }
      if (call.request() instanceof Request.Tail && entry.opId() != before + 1) {
        return lacks(call, before + 1);
      }
      before = entry.opId();
      Violation violation = takeEntry(call, entry);
      if (violation != null) {
        return violation;
      }
    }
    if (call.request() instanceof Request.Tail && before < read.toInclusive()) {
      return lacks(call, before + 1);
    }
    headOpId = Math.max(headOpId, read.toInclusive());
    return takeHash(call, read.toInclusive(), read.hash());
  }

  private static Violation lacks(Call call, long opId) {
    return violation(
        Kind.WRONG_READ, "Expected operation " + opId + " to be read, but it was left out", call);
  }

  private @Nullable Violation takeEntry(Call call, Entry entry) {
    if (call.request() instanceof Request.Sync sync && !sync.sees(entry.content())) {
      return violation(
          Kind.FOREIGN,
          "Expected operations of the view only, but got " + entry + ", which is outside of it",
          call);
    }
    Place place = byTag.get(entry.content().tag());
    if (place == null
        || !place.publication().request.records().get(place.index()).equals(entry.content())) {
      return violation(
          Kind.INVENTED,
          "Expected what somebody published, but " + entry + " was never published",
          call);
    }
    Violation misplaced = locate(place.publication(), entry.opId() - place.index(), call);
    return misplaced != null ? misplaced : takeTime(call, entry);
  }

  private @Nullable Violation locate(Publication publication, long firstOpId, Call call) {
    Optional<Long> known = placement.firstOpId(publication);
    if (known.isPresent()) {
      return known.get() == firstOpId ? null : elsewhere(publication, known.get(), firstOpId, call);
    }
    for (long opId = firstOpId; opId < firstOpId + publication.size(); opId++) {
      Publication other = placement.at(opId);
      if (other != null) {
        return violation(
            Kind.ID_REUSED,
            "Expected one operation %d, but it was told to be of %s and of %s"
                .formatted(opId, other, publication),
            toldBy.get(other),
            call);
      }
    }
    placement.put(publication, firstOpId);
    toldBy.put(publication, call);
    headOpId = Math.max(headOpId, firstOpId + publication.size() - 1);
    return null;
  }

  private Violation elsewhere(Publication publication, long known, long firstOpId, Call call) {
    Call before = toldBy.get(publication);
    boolean bothAcks =
        before != null && before.answer() instanceof Appended && call.answer() instanceof Appended;
    return violation(
        bothAcks ? Kind.ANSWER_CHANGED : Kind.APPENDED_TWICE,
        "Expected %s to be at one place, but it was told to be at %d and at %d"
            .formatted(publication, known, firstOpId),
        before,
        call);
  }

  private @Nullable Violation takeHash(Call call, long opId, String hash) {
    String known = hash.isEmpty() ? null : hashes.putIfAbsent(opId, hash);
    if (!hash.isEmpty() && known == null) {
      hashToldBy.put(opId, call);
    }
    return known == null || known.equals(hash)
        ? null
        : violation(
            Kind.FORKED,
            "Expected one history up to operation %d, but its running hash was told as %s and as %s"
                .formatted(opId, known, hash),
            hashToldBy.get(opId),
            call);
  }

  private @Nullable Violation takeTime(Call call, Entry entry) {
    if (entry.loggedUnixNs() == 0) {
      return null;
    }
    loggedTimes.put(entry.opId(), entry.loggedUnixNs());
    timeToldBy.putIfAbsent(entry.opId(), call);
    Map.Entry<Long, Long> lower = loggedTimes.lowerEntry(entry.opId());
    Map.Entry<Long, Long> higher = loggedTimes.higherEntry(entry.opId());
    if (lower != null && lower.getValue() > entry.loggedUnixNs()) {
      return timeBack(lower.getKey(), lower.getValue(), entry.opId(), entry.loggedUnixNs(), call);
    }
    if (higher != null && higher.getValue() < entry.loggedUnixNs()) {
      return timeBack(entry.opId(), entry.loggedUnixNs(), higher.getKey(), higher.getValue(), call);
    }
    return null;
  }

  private Violation timeBack(long opId, long timeNs, long laterOpId, long laterTimeNs, Call call) {
    return violation(
        Kind.LOGGED_TIME_BACK,
        "Expected logged times that do not go back, but operation %d has %d and operation %d has %d, %.3f s before"
            .formatted(opId, timeNs, laterOpId, laterTimeNs, (timeNs - laterTimeNs) / 1e9),
        timeToldBy.get(opId),
        timeToldBy.get(laterOpId),
        call);
  }

  static Violation violation(Kind kind, String message, @Nullable Call... calls) {
    List<Call> concerned = new ArrayList<>();
    for (Call call : calls) {
      if (call != null && !concerned.contains(call)) {
        concerned.add(call);
      }
    }
    concerned.sort(Comparator.comparingInt(Call::id));
    return new Violation(kind, message + ".", concerned);
  }
}
