package dev.swarmlog.server.path.deliver;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.storage.KeyInterval;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.SnapshotPage;
import dev.swarmlog.v1.SyncReceipt;
import dev.swarmlog.v1.Topic;

/**
 * Where a lane writes: the sending side of one stream. Called on the lane's executor only; must not
 * block.
 */
public interface LaneSink {

  /** Whether the stream's window is open. Nothing is sent while it is not. */
  boolean isReady();

  void deliver(DeliveryFrame frame);

  /** Only where the lane syncs. */
  void snapshot(SnapshotPage page);

  /**
   * The reader is to be asked which keys of a scope it holds otherwise than the log, as of where it
   * stands. {@link Lane#compared} answers; nothing is delivered before. Only where the plan
   * compares.
   *
   * @param at where the reader stands when it has applied everything that was sent before
   */
  void compare(Scope scope, KeyInterval keys, Position at);

  /** Only where the lane syncs. CaughtUp follows. */
  void receipt(SyncReceipt receipt);

  void caughtUp(Position position);

  void fellBehind(Position position, Position head);

  /**
   * The reader has durably applied more than before.
   *
   * @param operations in all, but for those that it was given again
   */
  default void acknowledged(long operations) {}

  /**
   * The reader has told when it had applied an operation.
   *
   * @param publishUnixNs when it was published, by the publisher's clock; 0 if that did not say
   * @param appliedUnixNs by the reader's clock
   */
  default void applied(Topic topic, String publisher, long publishUnixNs, long appliedUnixNs) {}

  /** The lane cannot go on; nothing is sent after it. */
  void failed(Refusal refusal);
}
