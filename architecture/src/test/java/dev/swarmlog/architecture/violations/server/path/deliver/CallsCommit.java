package dev.swarmlog.architecture.violations.server.path.deliver;

import dev.swarmlog.architecture.violations.server.path.commit.TakesFromBatch;

public class CallsCommit {
  TakesFromBatch commit;
}
