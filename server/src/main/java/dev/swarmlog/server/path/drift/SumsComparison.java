package dev.swarmlog.server.path.drift;

import com.google.protobuf.ByteString;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.DriftReport.What;
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
   * What differs, in the order of the agent's sums. Reads from disk, a few seeks per scope.
   *
   * @param applied a position of the log; if it is none, nothing can be said
   * @return empty if the position is none of the log
   */
  static Optional<List<Differing>> of(
      EventLog eventLog, String swarm, View view, Position applied, List<ScopeSums> theirs) {
    boolean known =
        eventLog
            .runningHash(swarm, applied.getLog(), applied.getOpId())
            .filter(hash -> applied.getRunningHash().equals(ByteString.copyFrom(hash)))
            .isPresent();
    if (!known) {
      return Optional.empty();
    }
    Map<Scope, ScopeSums> ours =
        eventLog.sums(swarm, applied.getLog(), view, applied.getOpId()).stream()
            .collect(Collectors.toMap(ScopeSums::getScope, sums -> sums));
    List<Differing> differing = new ArrayList<>();
    for (ScopeSums their : theirs) {
      if (!view.contains(their.getScope())) {
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
    return Optional.of(differing);
  }

  /** An agent that does not know its own says nothing. */
  private static boolean differs(ByteString theirs, ByteString ours) {
    return !theirs.isEmpty() && !theirs.equals(ours.isEmpty() ? ZERO : ours);
  }
}
