package dev.swarmlog.architecture.violations.conformance;

import dev.swarmlog.architecture.violations.sdk.Digests;

public class FoldsWithTheSdk {
  Digests digests;
}
