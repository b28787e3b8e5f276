package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.path.deliver.DeliveryFrame;
import dev.swarmlog.server.path.deliver.LaneSink;
import dev.swarmlog.storage.KeyInterval;
import dev.swarmlog.v1.CaughtUp;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.FellBehind;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.SnapshotPage;
import dev.swarmlog.v1.SyncReceipt;
import dev.swarmlog.v1.Topic;

/**
 * Writes what a lane has to say to the stream of an agent.
 *
 * @param comparing asks the agent what it holds
 * @param conduct hears what it has applied
 * @param applyLag hears when it has applied something
 */
record ResponderSink(
    Responder<Outbound> responder, Comparing comparing, OperationConduct conduct, ApplyLag applyLag)
    implements LaneSink {

  /** As {@link LaneSink#compare}. */
  interface Comparing {
    void compare(Scope scope, KeyInterval keys, Position at);
  }

  @Override
  public boolean isReady() {
    return responder.isReady();
  }

  @Override
  public void deliver(DeliveryFrame frame) {
    responder.send(new Outbound.Shared(frame));
  }

  @Override
  public void acknowledged(long operations) {
    conduct.acknowledged(operations);
  }

  @Override
  public void applied(Topic topic, String publisher, long publishUnixNs, long appliedUnixNs) {
    applyLag.applied(topic, publisher, publishUnixNs, appliedUnixNs);
  }

  @Override
  public void snapshot(SnapshotPage page) {
    responder.send(new Outbound.Plain(DataResponse.newBuilder().setSnapshot(page).build()));
  }

  @Override
  public void compare(Scope scope, KeyInterval keys, Position at) {
    comparing.compare(scope, keys, at);
  }

  @Override
  public void receipt(SyncReceipt receipt) {
    responder.send(new Outbound.Plain(DataResponse.newBuilder().setReceipt(receipt).build()));
  }

  @Override
  public void caughtUp(Position position) {
    responder.send(
        new Outbound.Plain(
            DataResponse.newBuilder()
                .setCaughtUp(CaughtUp.newBuilder().setPosition(position))
                .build()));
  }

  @Override
  public void fellBehind(Position position, Position head) {
    responder.send(
        new Outbound.Plain(
            DataResponse.newBuilder()
                .setFellBehind(FellBehind.newBuilder().setPosition(position).setHead(head))
                .build()));
  }

  @Override
  public void failed(Refusal refusal) {
    responder.refuse(refusal.forSession());
  }
}
