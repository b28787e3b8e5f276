package dev.swarmlog.architecture.violations.demo;

import dev.swarmlog.architecture.violations.sdk.Digests;

public class UsesTheSdk {
  Digests digests;
}
