package dev.swarmlog.architecture.violations.server.path.accept;

public interface RepliesListener {
  void onReply(long op);
}
