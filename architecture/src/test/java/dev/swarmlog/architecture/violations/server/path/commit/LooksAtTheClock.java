package dev.swarmlog.architecture.violations.server.path.commit;

public class LooksAtTheClock {
  long nowMs() {
    return System.currentTimeMillis();
  }
}
