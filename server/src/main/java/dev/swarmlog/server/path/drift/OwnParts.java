package dev.swarmlog.server.path.drift;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.KeyDigests;
import dev.swarmlog.storage.KeyDigests.KeyDigest;
import dev.swarmlog.storage.KeyInterval;
import dev.swarmlog.v1.DigestPart;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Scope;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Adds up digests of the log over the parts that an agent cut an interval into, some thousands of
 * keys at a time. Used by one thread at a time, which may block.
 */
final class OwnParts {

  private final EventLog eventLog;
  private final String swarm;
  private final Log log;
  private final Scope scope;
  private final long atOpId;
  private final List<DigestPart> theirs;
  private final List<OwnPart> parts = new ArrayList<>();

  private KeyInterval left;
  private DigestSum sum = new DigestSum();
  private long keyCount;
  private byte @Nullable [] lastDigest;
  private @Nullable String lastBefore;

  /**
   * Nothing is read yet.
   *
   * @param theirs checked: ascending, and ending with the interval
   */
  OwnParts(
      EventLog eventLog,
      String swarm,
      Log log,
      Scope scope,
      long atOpId,
      KeyInterval interval,
      List<DigestPart> theirs) {
    this.eventLog = eventLog;
    this.swarm = swarm;
    this.log = log;
    this.scope = scope;
    this.atOpId = atOpId;
    this.theirs = theirs;
    this.left = interval;
  }

  /** Reads some keys. Answers whether there are more to read. */
  boolean step() {
    KeyDigests page = eventLog.readKeyDigests(swarm, log, scope, atOpId, left);
    for (KeyDigest key : page.keys()) {
      while (isBehind(key.key())) {
        finishPart();
      }
      add(key);
    }
    KeyInterval behind = left.behind(page.throughKey());
    if (behind == null) {
      while (!done()) {
        finishPart();
      }
      return false;
    }
    left = behind;
    return true;
  }

  /** One for each of theirs, when there is no more to read. */
  List<OwnPart> parts() {
    return parts;
  }

  private boolean done() {
    return parts.size() == theirs.size();
  }

  private boolean isBehind(String key) {
    String end = end();
    return !end.isEmpty() && KeyInterval.isAbove(key, end);
  }

  private String end() {
    return theirs.get(parts.size()).getThroughKey();
  }

  private void add(KeyDigest key) {
    sum.add(key.digest());
    keyCount++;
    if (key.key().equals(end())) {
      lastDigest = key.digest();
    } else {
      lastBefore = key.key();
    }
  }

  private void finishPart() {
    parts.add(new OwnPart(keyCount, sum.toBytes(), lastDigest, lastBefore));
    sum = new DigestSum();
    keyCount = 0;
    lastDigest = null;
    lastBefore = null;
  }
}
