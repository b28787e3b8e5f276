package dev.swarmlog.server.grpc;

import dev.swarmlog.server.Principal;
import dev.swarmlog.server.Refusal;
import java.util.Optional;

/**
 * The one point that every RPC passes. Denies by default. Called on event loops: must not block.
 */
public interface Authorization {

  /**
   * Decides about one call.
   *
   * @param principal who calls; empty if nobody identified them
   * @param fullMethodName such as {@code swarmlog.v1.PublishService/Publish}
   * @return empty to let it pass
   */
  Optional<Refusal> refusal(Optional<Principal> principal, String fullMethodName);
}
