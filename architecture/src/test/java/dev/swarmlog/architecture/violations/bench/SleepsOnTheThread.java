package dev.swarmlog.architecture.violations.bench;

public class SleepsOnTheThread {
  void pause() throws InterruptedException {
    Thread.sleep(1);
  }
}
