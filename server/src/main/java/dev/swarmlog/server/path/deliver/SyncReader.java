package dev.swarmlog.server.path.deliver;

import dev.swarmlog.storage.SwarmState;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Scope;
import java.util.Optional;

/**
 * Whom a sync is planned for.
 *
 * @param swarm with the heads that plans end at
 * @param view what it sees of the log
 * @param resume what it says of itself, as it stored it, its form checked; a position that names no
 *     incarnation means "from nothing"
 * @param syncs else it is given every operation from its position on
 * @param compares it can be asked what it holds while it syncs
 */
public record SyncReader(
    SwarmState swarm, Log log, View view, LogResume resume, boolean syncs, boolean compares) {

  /** The same reader, with positions that are taken at their word. */
  SyncReader known() {
    return new SyncReader(swarm, log, view, Positions.known(resume), syncs, compares);
  }

  /**
   * The same reader, of an epoch that ended, at or below its fork: as one of the epoch in force.
   */
  SyncReader renamed() {
    return with(resume.toBuilder().setPosition(Positions.in(head(), position())).build());
  }

  /**
   * The same reader, that goes back to where its history and the log part. What was interrupted was
   * to lead to a state that is lost, and its sums count what is lost.
   */
  SyncReader backTo(Position fork) {
    return with(resume.toBuilder().setPosition(fork).clearInterrupted().clearSums().build());
  }

  private SyncReader with(LogResume other) {
    return new SyncReader(swarm, log, view, other, syncs, compares);
  }

  /**
   * Where the epoch of its position ended, as a position of it; empty if it is of the one in force,
   * or of one that nobody remembers.
   */
  public Optional<Position> fork() {
    return position().getIncarnation() == swarm.incarnation()
        ? swarm.ancestor(position().getEpoch()).map(ancestor -> ancestor.fork(log))
        : Optional.empty();
  }

  /** Where it says that it stands. */
  public Position position() {
    return resume.getPosition();
  }

  Position head() {
    return swarm.head(log);
  }

  boolean beginsFromNothing() {
    return position().getIncarnation() == 0 && position().getOpId() == 0;
  }

  /** Whether it says that it does not know which keys it holds of a scope. */
  boolean knowsNoKeys(Scope scope) {
    return resume.getSumsList().stream()
        .anyMatch(sums -> sums.getScope().equals(scope) && sums.getStateDigest().isEmpty());
  }

  /** The part of the view of which the reader holds the keyed state. */
  View held() {
    boolean says = resume.getScopesCount() > 0 || resume.hasSnapshot();
    return says ? view.within(resume.getScopesList()) : view;
  }
}
