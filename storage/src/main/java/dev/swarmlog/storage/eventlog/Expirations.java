package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.eventlog.ExpiryIndex.Due;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Origin;
import dev.swarmlog.v1.Scope;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;

/**
 * Lets expire what is due: a key gets a tombstone, an event only leaves the index, for readers
 * compare its expiry with the logged time themselves. Owned by the writer thread.
 */
final class Expirations {

  private static final byte[] NO_VALUE = new byte[0];

  private final ExpiryIndex expiries;
  private final ScopeStates scopes;
  private final KeyStates keys;
  private final OperationWriter writer;

  Expirations(ExpiryIndex expiries, ScopeStates scopes, KeyStates keys, OperationWriter writer) {
    this.expiries = expiries;
    this.scopes = scopes;
    this.keys = keys;
    this.writer = writer;
  }

  /**
   * Handles up to {@link EventLog#MAX_EXPIRED_PER_COMMAND} of what is due at a logged time.
   *
   * @param grown gets the logs that tombstones were appended to, with their swarms
   */
  Outcome expire(long loggedUnixNs, Changes changes, Map<LogHead, Swarm> grown) {
    int keyCount = 0;
    int eventCount = 0;
    for (Due due : expiries.take(loggedUnixNs, EventLog.MAX_EXPIRED_PER_COMMAND, changes)) {
      int scopeBytes = Scopes.encodedLength(due.scopeAndKey(), 0);
      if (scopeBytes == due.scopeAndKey().length) {
        eventCount++;
      } else if (isNewest(due)) {
        appendTombstone(due, scopeBytes, loggedUnixNs, changes);
        grown.put(due.swarm().head(due.log()), due.swarm());
        keyCount++;
      }
    }
    return new Outcome.Expired(keyCount, eventCount);
  }

  /** A key that has moved on has taken its row away; a tombstone for another value is no option. */
  private boolean isNewest(Due due) {
    RowKey stateKey = new RowKey(Bytes.append(due.swarm().key, due.scopeAndKey()));
    return keys.get(stateKey).opId() == due.opId();
  }

  private void appendTombstone(Due due, int scopeBytes, long loggedUnixNs, Changes changes) {
    Scope scope = Scopes.decode(due.scopeAndKey(), 0);
    byte[] key = Arrays.copyOfRange(due.scopeAndKey(), scopeBytes, due.scopeAndKey().length);
    LogHead head = due.swarm().head(due.log());
    long opId = head.opId() + 1;
    Operation.Builder tombstone =
        Operation.newBuilder()
            .setOpId(opId)
            .setGroupFirst(opId)
            .setGroupLast(opId)
            .setTopic(scope.getTopic())
            .setTarget(scope.getTarget())
            .setOperationClass(OperationClass.OPERATION_CLASS_KEYED)
            .setKey(new String(key, StandardCharsets.UTF_8))
            .setTombstone(true)
            .setOrigin(Origin.newBuilder().setOpId(due.opId()))
            .setAppendTimeUnixNano(loggedUnixNs);
    writer.write(due.swarm(), head, scopes.get(due.swarm(), scope), tombstone, NO_VALUE, changes);
  }
}
