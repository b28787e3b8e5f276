package dev.swarmlog.architecture.violations.bench;

import java.util.concurrent.TimeUnit;

public class SleepsInTimeUnits {
  void pause() throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(1);
  }
}
