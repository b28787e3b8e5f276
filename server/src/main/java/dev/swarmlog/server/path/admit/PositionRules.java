package dev.swarmlog.server.path.admit;

import static dev.swarmlog.server.path.admit.Names.invalid;

import dev.swarmlog.server.Limits;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.storage.LogName;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.ResumeTriple;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.ScopeSums;
import dev.swarmlog.v1.SnapshotResume;
import org.jspecify.annotations.Nullable;

/** What it must look like where a reader stands in one log. Stateless. */
final class PositionRules {

  private static final int DIGEST_BYTES = 16;

  private final Limits limits;

  PositionRules(Limits limits) {
    this.limits = limits;
  }

  @Nullable Refusal check(LogResume resume) {
    Refusal refusal = check(resume.getPosition());
    if (refusal != null || resume.getPosition().getLog() == Log.LOG_TELEMETRY) {
      return refusal;
    }
    refusal = checkScopes(resume);
    if (refusal == null) {
      refusal = checkSums(resume);
    }
    if (refusal == null && resume.hasTriple()) {
      refusal = check(resume.getTriple(), resume.getPosition());
    }
    if (refusal == null && resume.hasSnapshot()) {
      refusal = check(resume.getSnapshot(), resume);
    }
    return refusal;
  }

  private static @Nullable Refusal check(Position position) {
    if (position.getLog() == Log.LOG_UNSPECIFIED || position.getLog() == Log.UNRECOGNIZED) {
      return invalid(
          "Expected a position to name its log, but got number %d."
              .formatted(position.getLogValue()));
    }
    if (position.getLog() == Log.LOG_TELEMETRY) {
      return null;
    }
    if (position.getPartition() != 0) {
      return invalid("Expected partition 0, but got %d.".formatted(position.getPartition()));
    }
    if (isFromNothing(position)) {
      return null;
    }
    if (position.getIncarnation() == 0 || position.getEpoch() == 0) {
      return invalid(
          "Expected a whole position, but incarnation or epoch is missing: present positions as they were received.");
    }
    if (position.getRunningHash().size() != DIGEST_BYTES) {
      return invalid(
          "Expected a running hash of 16 bytes, but got %d: present positions as they were received."
              .formatted(position.getRunningHash().size()));
    }
    return null;
  }

  private static boolean isFromNothing(Position position) {
    return position.getIncarnation() == 0
        && position.getEpoch() == 0
        && position.getOpId() == 0
        && position.getRunningHash().isEmpty();
  }

  private @Nullable Refusal checkScopes(LogResume resume) {
    if (resume.getScopesCount() > maxScopes()) {
      return invalid(
          "Expected at most %d scopes in a resume, but got %d."
              .formatted(maxScopes(), resume.getScopesCount()));
    }
    for (Scope scope : resume.getScopesList()) {
      if (Topics.logOf(scope.getTopic()) != resume.getPosition().getLog()) {
        return invalid(
            "Expected scopes of %s in its resume, but got one of topic number %d."
                .formatted(LogName.of(resume.getPosition().getLog()), scope.getTopicValue()));
      }
    }
    return null;
  }

  private @Nullable Refusal checkSums(LogResume resume) {
    if (resume.getSumsCount() > maxScopes()) {
      return invalid(
          "Expected sums of at most %d scopes in a resume, but got %d."
              .formatted(maxScopes(), resume.getSumsCount()));
    }
    for (ScopeSums sums : resume.getSumsList()) {
      int stateBytes = sums.getStateDigest().size();
      int eventBytes = sums.getEventHash().size();
      if (stateBytes != 0 && stateBytes != DIGEST_BYTES) {
        return invalid(
            "Expected a state digest of 16 bytes, or none, but got %d.".formatted(stateBytes));
      }
      if (eventBytes != 0 && eventBytes != DIGEST_BYTES) {
        return invalid(
            "Expected an event hash of 16 bytes, or none, but got %d.".formatted(eventBytes));
      }
    }
    return null;
  }

  /** The scopes that a view can stand for: each that it declares may do so for every role. */
  private int maxScopes() {
    return limits.maxViewScopes() * Math.max(1, limits.maxRoles());
  }

  private static @Nullable Refusal check(ResumeTriple triple, Position position) {
    boolean ordered =
        Long.compareUnsigned(triple.getBaseOpId(), triple.getCursorOpId()) <= 0
            && Long.compareUnsigned(triple.getCursorOpId(), triple.getTargetOpId()) <= 0;
    if (!ordered || triple.getCursorOpId() != position.getOpId() || isFromNothing(position)) {
      return invalid(
          "Expected a resume triple with base <= cursor <= target and the cursor at the position, but got %s, %s, %s at %s."
              .formatted(
                  Long.toUnsignedString(triple.getBaseOpId()),
                  Long.toUnsignedString(triple.getCursorOpId()),
                  Long.toUnsignedString(triple.getTargetOpId()),
                  Long.toUnsignedString(position.getOpId())));
    }
    return null;
  }

  private @Nullable Refusal check(SnapshotResume snapshot, LogResume resume) {
    Position position = resume.getPosition();
    Refusal refusal = check(snapshot.getPosition());
    if (refusal != null) {
      return refusal;
    }
    long at = snapshot.getPosition().getOpId();
    if (isFromNothing(position)
        || isFromNothing(snapshot.getPosition())
        || snapshot.getPosition().getLog() != position.getLog()
        || Long.compareUnsigned(position.getOpId(), at) > 0) {
      return invalid(
          "Expected a snapshot of the position's log, at the position or above it, but got one at %s of %s for a position at %s of %s."
              .formatted(
                  Long.toUnsignedString(at),
                  LogName.of(snapshot.getPosition().getLog()),
                  Long.toUnsignedString(position.getOpId()),
                  LogName.of(position.getLog())));
    }
    refusal = checkLastKey(snapshot, position);
    if (refusal != null) {
      return refusal;
    }
    boolean pagesTaken =
        snapshot.hasScope() || !snapshot.getLastKey().isEmpty() || resume.getScopesCount() > 0;
    if (pagesTaken && position.getOpId() != at) {
      return invalid(
          "Expected snapshot pages only after every event up to the snapshot's position, %s, but the position is %s."
              .formatted(Long.toUnsignedString(at), Long.toUnsignedString(position.getOpId())));
    }
    return null;
  }

  /** It is kept as long as the session. */
  private @Nullable Refusal checkLastKey(SnapshotResume snapshot, Position position) {
    if (snapshot.hasScope() && Topics.logOf(snapshot.getScope().getTopic()) != position.getLog()) {
      return invalid(
          "Expected the snapshot's scope to be of %s, but got topic number %d."
              .formatted(LogName.of(position.getLog()), snapshot.getScope().getTopicValue()));
    }
    if (!snapshot.hasScope() && !snapshot.getLastKey().isEmpty()) {
      return invalid(
          "Expected last_key together with the scope it lies in, but there is no scope.");
    }
    int keyBytes = snapshot.getLastKeyBytes().size();
    if (keyBytes > limits.maxKeyBytes()) {
      return invalid(
          "Expected a last_key of at most %d bytes, but got %d."
              .formatted(limits.maxKeyBytes(), keyBytes));
    }
    return null;
  }
}
