package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.grpc.ErrorStatus;
import dev.swarmlog.v1.DataResponse;

/** Says that a frame of a lane was passed over, if the client reads what it is sent. */
final class Notices {

  private Notices() {}

  static void send(Refusal about, Responder<Outbound> responder) {
    responder.sendIfReady(
        new Outbound.Plain(DataResponse.newBuilder().setNotice(ErrorStatus.of(about)).build()));
  }
}
