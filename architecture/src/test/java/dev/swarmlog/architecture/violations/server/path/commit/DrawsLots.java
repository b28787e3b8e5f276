package dev.swarmlog.architecture.violations.server.path.commit;

import java.util.Random;

public class DrawsLots {
  Object draw() {
    return new Random();
  }
}
