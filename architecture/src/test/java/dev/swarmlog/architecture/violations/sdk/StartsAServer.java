package dev.swarmlog.architecture.violations.sdk;

import dev.swarmlog.architecture.violations.server.CallsGrpc;

public class StartsAServer {
  CallsGrpc server;
}
