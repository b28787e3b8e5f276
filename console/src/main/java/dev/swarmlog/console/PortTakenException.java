package dev.swarmlog.console;

import java.io.IOException;

/** Another process listens on the port that the console was to listen on. */
public final class PortTakenException extends IOException {

  private static final long serialVersionUID = 1L;

  PortTakenException(int port, Throwable cause) {
    super(
        "Expected to show the console on port %d, but another process listens there; choose another console-port (0 for a free one)"
            .formatted(port),
        cause);
  }
}
