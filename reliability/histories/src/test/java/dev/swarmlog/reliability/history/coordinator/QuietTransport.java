package dev.swarmlog.reliability.history.coordinator;

import java.util.logging.Level;
import java.util.logging.Logger;

/** Keeps gRPC from telling of each connection that is cut here on purpose. */
final class QuietTransport {

  /** Held, or its level would be forgotten with it. */
  private static final Logger GRPC = Logger.getLogger("io.grpc");

  private QuietTransport() {}

  static void quiet() {
    GRPC.setLevel(Level.OFF);
  }
}
