package dev.swarmlog.architecture.violations.server;

import io.grpc.Status;

public class CallsGrpc {
  Status refuse() {
    return Status.INTERNAL;
  }
}
