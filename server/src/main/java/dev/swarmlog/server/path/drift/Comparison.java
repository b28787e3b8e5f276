package dev.swarmlog.server.path.drift;

import com.google.protobuf.ByteString;
import dev.swarmlog.server.path.drift.Descent.Difference;
import dev.swarmlog.storage.KeyInterval;
import dev.swarmlog.storage.KeyPage;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.v1.AgentDifference;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Scope;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lists the keys of which an agent holds something else than the log, scope by scope, and changes
 * nothing. Belongs to the lane's serial executor.
 */
final class Comparison {

  private static final int MAX_DIFFERENCES = 1_000;
  private static final int PAGE_BYTES = 64 * 1024;
  private static final ByteString NOTHING = ByteString.EMPTY;

  private final Watched watched;
  private final LaneWork work;
  private final Inquiry inquiry;
  private final LocatedListener listener;
  private final Runnable done;
  private final Iterator<Scope> scopes;
  private final List<AgentDifference> differences = new ArrayList<>();
  private boolean cut;
  private boolean unknown;

  /**
   * Nothing is asked yet.
   *
   * @param done run before the listener hears of the end
   */
  Comparison(
      Watched watched, LaneWork work, Inquiry inquiry, LocatedListener listener, Runnable done) {
    this.watched = watched;
    this.work = work;
    this.inquiry = inquiry;
    this.listener = listener;
    this.done = done;
    this.scopes = watched.view().ascending().iterator();
  }

  /** Goes on with the next scope. */
  void next() {
    if (!scopes.hasNext() || cut) {
      done.run();
      listener.located(inquiry.stoodAt(), differences, cut, unknown);
      return;
    }
    Scope scope = scopes.next();
    inquiry.locate(
        scope,
        bytes -> {},
        descent -> {
          if (inquiry.keysUnknown()) {
            unknown = true;
            next();
            return;
          }
          work.read(
              () -> {
                cut |= descent.isTooMuch();
                descent.differing().forEach(difference -> list(scope, difference));
                return scope;
              },
              listed -> next());
        });
  }

  private void list(Scope scope, Difference difference) {
    Position at = inquiry.stoodAt();
    KeyInterval left = difference.keys();
    boolean named = difference.theirKey() == null;
    while (left != null && !cut) {
      KeyPage page =
          watched
              .eventLog()
              .readKeys(watched.swarm(), watched.log(), scope, at.getOpId(), left, PAGE_BYTES);
      for (StoredOperation stored : page.operations()) {
        Operation expected = stored.toProto();
        boolean held = expected.getKey().equals(difference.theirKey());
        named |= held;
        add(scope, expected.getKey(), held ? difference.theirDigest() : NOTHING, expected);
      }
      left = left.behind(page.throughKey());
    }
    String theirs = difference.theirKey();
    if (!named && theirs != null) {
      Operation newest =
          watched
              .eventLog()
              .newestOfKey(watched.swarm(), watched.log(), scope, theirs, at.getOpId())
              .map(StoredOperation::toProto)
              .orElse(null);
      add(scope, theirs, difference.theirDigest(), newest);
    }
  }

  private void add(Scope scope, String key, ByteString held, @Nullable Operation expected) {
    if (differences.size() == MAX_DIFFERENCES) {
      cut = true;
      return;
    }
    AgentDifference.Builder difference =
        AgentDifference.newBuilder()
            .setAgent(watched.agent())
            .setScope(scope)
            .setKey(key)
            .setHeld(!held.isEmpty())
            .setHeldDigest(held);
    if (expected != null) {
      difference.setExpected(expected);
    }
    differences.add(difference.build());
  }
}
