package dev.swarmlog.architecture.violations.server.path.accept;

import dev.swarmlog.architecture.violations.server.path.admit.Admits;
import io.grpc.Status;

/** Allowed: accept sees gRPC, and calls to its right. */
public class Accepts {
  Admits next;
  Status status;
}
