package dev.swarmlog.architecture.violations.server.path.admit;

import dev.swarmlog.architecture.violations.server.path.accept.Accepts;

public class CallsAccept {
  Object create() {
    return new Accepts();
  }
}
