package dev.swarmlog.architecture.violations.server.path.batch;

import dev.swarmlog.architecture.violations.server.path.accept.RepliesListener;

/** Allowed: what comes back goes through a listener. */
public class TellsAListener {
  void tell(RepliesListener listener) {
    listener.onReply(1);
  }
}
