package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.path.drift.DriftSink;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.DigestQuery;
import dev.swarmlog.v1.Repair;

/** Writes what it takes to find and mend drift to the stream of an agent. */
record ResponderDriftSink(Responder<Outbound> responder) implements DriftSink {

  @Override
  public void query(DigestQuery query) {
    send(DataResponse.newBuilder().setDigestQuery(query).build());
  }

  @Override
  public void repair(Repair repair) {
    send(DataResponse.newBuilder().setRepair(repair).build());
  }

  @Override
  public void notice(Refusal about) {
    Notices.send(about, responder);
  }

  @Override
  public void refuse(Refusal refusal) {
    responder.refuse(refusal);
  }

  private void send(DataResponse frame) {
    responder.send(new Outbound.Plain(frame));
  }
}
