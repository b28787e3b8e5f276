package dev.swarmlog.architecture.violations.server.path.batch;

import dev.swarmlog.architecture.violations.server.path.admit.Admits;

public class CallsAdmit {
  boolean call(Admits admits) {
    return admits.admit();
  }
}
