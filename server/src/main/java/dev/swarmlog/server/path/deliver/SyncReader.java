package dev.swarmlog.server.path.deliver;

import dev.swarmlog.storage.SwarmState;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Scope;

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

  Position position() {
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
