package dev.swarmlog.bench;

/** Which part of a run it is. Written by the bench's own thread, read by all. */
final class FanoutClock {

  private volatile boolean publishing = true;
  private volatile boolean measuring;

  boolean publishing() {
    return publishing;
  }

  boolean measuring() {
    return measuring;
  }

  void beginMeasuring() {
    measuring = true;
  }

  void endMeasuring() {
    measuring = false;
  }

  void endPublishing() {
    publishing = false;
  }
}
