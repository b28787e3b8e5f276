package dev.swarmlog.reliability.faults.sync;

/** What the killing has reached so far. */
final class Interruptions {
  int agentKills;
  int deltas;
  int nestedDeltas;
  int snapshots;
  int nestedSnapshots;

  /** Kills of one agent in a row, each in the middle of the sync that resumed the one before. */
  int deepest;

  /**
   * An agent was killed in the middle of a sync of one log.
   *
   * @param nested of one that resumed an interrupted one
   */
  void count(boolean snapshot, boolean nested) {
    if (snapshot) {
      snapshots++;
      nestedSnapshots += nested ? 1 : 0;
    } else {
      deltas++;
      nestedDeltas += nested ? 1 : 0;
    }
  }

  int all() {
    return deltas + snapshots;
  }

  int nested() {
    return nestedDeltas + nestedSnapshots;
  }

  @Override
  public String toString() {
    return "%d kills of agents interrupted %d deltas (%d of them resumed ones) and %d snapshots (%d), at most %d in a row"
        .formatted(agentKills, deltas, nestedDeltas, snapshots, nestedSnapshots, deepest);
  }
}
