package dev.swarmlog.architecture.violations.demo.checker;

import dev.swarmlog.architecture.violations.sdk.Digests;

public class ChecksWithTheSdk {
  Digests digests;
}
