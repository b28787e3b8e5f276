package dev.swarmlog.architecture.violations.server.path.commit;

import dev.swarmlog.architecture.violations.server.path.batch.TellsAListener;

public class TakesFromBatch {
  TellsAListener batch;
}
