package dev.swarmlog.server.grpc;

import dev.swarmlog.server.Principal;
import io.grpc.Context;

/** Where a call finds out who makes it. */
public final class Principals {

  /** Set for every call that was authorized. */
  static final Context.Key<Principal> KEY = Context.key("swarmlog-principal");

  private Principals() {}

  /**
   * Who makes the current call. Only on the thread that runs the call, while it starts or handles a
   * frame.
   *
   * @throws IllegalStateException outside a call, or in one that nobody identified, such as a
   *     health check
   */
  public static Principal current() {
    Principal principal = KEY.get();
    if (principal == null) {
      throw new IllegalStateException(
          "Expected to be inside an authorized call, but there is none");
    }
    return principal;
  }
}
