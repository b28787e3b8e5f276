package dev.swarmlog.bench;

import dev.swarmlog.sdk.SyncReport;
import java.util.Set;

/**
 * What it took to bring an agent up to date.
 *
 * @param nanos from when it started, without a connection, until it had caught up
 * @param bytesFromAgent on the wire until then
 * @param bytesToAgent on the wire until then
 * @param set the keys that it was given a value for
 * @param deleted the keys that it was told to delete
 * @param report of its sync
 * @param holdsAll whether it holds what the log says, and nothing else
 */
record Coming(
    long nanos,
    long bytesFromAgent,
    long bytesToAgent,
    Set<String> set,
    Set<String> deleted,
    SyncReport report,
    boolean holdsAll) {

  /** On the wire, both ways. */
  long bytes() {
    return bytesFromAgent + bytesToAgent;
  }

  /** How many keys were sent with a value. */
  long keysSent() {
    return report.received() + report.paged();
  }

  /** Whether it holds what it should, by itself and by the receipt. */
  boolean correct() {
    return holdsAll && report.mismatches().isEmpty();
  }
}
