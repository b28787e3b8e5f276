package dev.swarmlog.server.path.drift;

import com.google.protobuf.ByteString;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.DriftReport.What;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.ScopeSums;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Holds what an agent says it holds against the running sums of the log. Stateless. */
final class SumsComparison {

  private static final ByteString ZERO = ByteString.copyFrom(new byte[DigestSum.BYTES]);

  private SumsComparison() {}

  /** What differs in a scope. */
  record Differing(Scope scope, What what) {}

  /**
   * What came of a comparison.
   *
   * @param differing in the order of the agent's sums; null if the position is none that the log
   *     knows, so nothing can be said
   * @param notice what was passed over, as it is none of the log or the agent does not see it; null
   *     if nothing was
   */
  record Result(@Nullable List<Differing> differing, @Nullable Refusal notice) {}

  /** What is wrong with the sums of an ack, or null. */
  static @Nullable String misfit(List<ScopeSums> sums) {
    Set<Scope> scopes = new HashSet<>();
    for (ScopeSums one : sums) {
      if (!scopes.add(one.getScope())) {
        return "Expected sums of an ack once per scope, but got those of %s twice."
            .formatted(one.getScope().getTopic());
      }
      if (!fits(one.getStateDigest()) || !fits(one.getEventHash())) {
        return "Expected digests of 16 bytes, or none, in the sums of an ack, but got %d and %d bytes."
            .formatted(one.getStateDigest().size(), one.getEventHash().size());
      }
    }
    return null;
  }

  private static boolean fits(ByteString digest) {
    return digest.isEmpty() || digest.size() == DigestSum.BYTES;
  }

  /**
   * Compares. Reads from disk, a few seeks per scope.
   *
   * @param applied where the agent says that it holds them
   */
  static Result of(
      EventLog eventLog, String swarm, View view, Position applied, List<ScopeSums> theirs) {
    Optional<ByteString> hash =
        eventLog.runningHash(swarm, applied.getLog(), applied.getOpId()).map(ByteString::copyFrom);
    if (hash.isEmpty()) {
      // Nothing is wrong with an agent that the horizon has passed.
      return new Result(null, null);
    }
    if (!applied.getRunningHash().equals(hash.get())) {
      return new Result(null, ofNoPosition(applied));
    }
    Map<Scope, ScopeSums> ours =
        eventLog.sums(swarm, applied.getLog(), view, applied.getOpId()).stream()
            .collect(Collectors.toMap(ScopeSums::getScope, sums -> sums));
    List<Differing> differing = new ArrayList<>();
    List<Scope> unseen = new ArrayList<>();
    for (ScopeSums their : theirs) {
      if (!view.contains(their.getScope())) {
        unseen.add(their.getScope());
        continue;
      }
      ScopeSums our = ours.getOrDefault(their.getScope(), ScopeSums.getDefaultInstance());
      if (differs(their.getStateDigest(), our.getStateDigest())) {
        differing.add(new Differing(their.getScope(), What.WHAT_STATE));
      }
      if (differs(their.getEventHash(), our.getEventHash())
          || (!their.getEventHash().isEmpty() && their.getEventCount() != our.getEventCount())) {
        differing.add(new Differing(their.getScope(), What.WHAT_EVENTS));
      }
    }
    return new Result(differing, unseen.isEmpty() ? null : ofUnseenScopes(unseen));
  }

  private static Refusal ofNoPosition(Position applied) {
    return Refusal.of(
        ErrorReason.ERROR_REASON_EPOCH_MISMATCH,
        "Expected an ack with a position as this lane delivered it, but the running hash at operation %d is another one: its sums are not looked at."
            .formatted(applied.getOpId()));
  }

  private static Refusal ofUnseenScopes(List<Scope> unseen) {
    return Refusal.of(
        ErrorReason.ERROR_REASON_INVALID_ARGUMENT,
        "Expected sums of the scopes of the plan, but got some of %d others, such as one of topic number %d: they are not looked at."
            .formatted(unseen.size(), unseen.get(0).getTopicValue()));
  }

  /** An agent that does not know its own says nothing. */
  private static boolean differs(ByteString theirs, ByteString ours) {
    return !theirs.isEmpty() && !theirs.equals(ours.isEmpty() ? ZERO : ours);
  }
}
