package dev.swarmlog.architecture.violations.bench;

public class SleepsByReference {
  interface Pause {
    void pause(long ms) throws InterruptedException;
  }

  Pause pause = Thread::sleep;
}
