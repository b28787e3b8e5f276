package dev.swarmlog.storage.eventlog;

import com.google.protobuf.ByteString;
import dev.swarmlog.storage.AncestorEpoch;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.v1.AncestorRow;
import dev.swarmlog.storage.v1.AncestorsRow;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * The lineages of history of one swarm: the one in force and, of those before, where each parted
 * from it. Owned by the writer thread.
 *
 * <p>Invariant: no fork lies above the head of its log, and none of an older ancestor above that of
 * a newer one.
 */
final class Epochs {

  private final long incarnation;
  private long current;

  /** The newest first; replaced whole. */
  private List<AncestorEpoch> ancestors = List.of();

  Epochs(long incarnation, long current) {
    this.incarnation = incarnation;
    this.current = current;
  }

  long current() {
    return current;
  }

  List<AncestorEpoch> ancestors() {
    return ancestors;
  }

  void load(AncestorsRow row) {
    ancestors = row.getAncestorsList().stream().map(this::ofRow).toList();
  }

  /** Begins another one at the heads of the swarm as they are now. */
  Outcome start(Swarm swarm, long epoch, long loggedUnixNs, Changes changes) {
    if (epoch == 0) {
      return Refusals.invalid("Expected an epoch, but it is 0");
    }
    if (epoch == current || ancestors.stream().anyMatch(one -> one.epoch() == epoch)) {
      return Refusals.invalid(
          "Expected an epoch that swarm '"
              + swarm.name
              + "' never had, but it had "
              + HexFormat.of().toHexDigits(epoch));
    }
    AncestorEpoch ended =
        new AncestorEpoch(
            current, swarm.position(Log.LOG_MAIN), swarm.position(Log.LOG_CONTROL), loggedUnixNs);
    current = epoch;
    ancestors = behind(ended, ancestors);
    changes.put(Family.META, Keys.meta(swarm.key, Keys.META_SWARM), swarm.toRow().toByteArray());
    changes.put(Family.META, Keys.meta(swarm.key, Keys.META_ANCESTORS), toRow().toByteArray());
    return new Outcome.EpochStarted(swarm.toState(), ended);
  }

  /** An epoch that ended, and what is still known of those before it. */
  static List<AncestorEpoch> behind(AncestorEpoch ended, List<AncestorEpoch> before) {
    return Stream.concat(
            Stream.of(ended), before.stream().map(ancestor -> lowered(ancestor, ended)))
        .limit(EventLog.MAX_ANCESTORS)
        .toList();
  }

  /** What an ancestor shared with the one that ended above its end is lost, too. */
  private static AncestorEpoch lowered(AncestorEpoch ancestor, AncestorEpoch ended) {
    return new AncestorEpoch(
        ancestor.epoch(),
        lower(ancestor.mainFork(), ended.mainFork()),
        lower(ancestor.controlFork(), ended.controlFork()),
        ancestor.endedUnixNs());
  }

  private static Position lower(Position fork, Position end) {
    return fork.getOpId() <= end.getOpId()
        ? fork
        : end.toBuilder().setEpoch(fork.getEpoch()).build();
  }

  private AncestorsRow toRow() {
    AncestorsRow.Builder row = AncestorsRow.newBuilder();
    for (AncestorEpoch ancestor : ancestors) {
      row.addAncestors(
          AncestorRow.newBuilder()
              .setEpoch(ancestor.epoch())
              .setMainForkOpId(ancestor.mainFork().getOpId())
              .setMainForkHash(ancestor.mainFork().getRunningHash())
              .setControlForkOpId(ancestor.controlFork().getOpId())
              .setControlForkHash(ancestor.controlFork().getRunningHash())
              .setEndedUnixNano(ancestor.endedUnixNs()));
    }
    return row.build();
  }

  private AncestorEpoch ofRow(AncestorRow row) {
    return new AncestorEpoch(
        row.getEpoch(),
        fork(row.getEpoch(), Log.LOG_MAIN, row.getMainForkOpId(), row.getMainForkHash()),
        fork(row.getEpoch(), Log.LOG_CONTROL, row.getControlForkOpId(), row.getControlForkHash()),
        row.getEndedUnixNano());
  }

  private Position fork(long epoch, Log log, long opId, ByteString hash) {
    return Position.newBuilder()
        .setIncarnation(incarnation)
        .setEpoch(epoch)
        .setLog(log)
        .setOpId(opId)
        .setRunningHash(hash)
        .build();
  }
}
