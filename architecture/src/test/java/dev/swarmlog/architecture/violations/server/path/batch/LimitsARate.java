package dev.swarmlog.architecture.violations.server.path.batch;

import io.github.bucket4j.Bucket;

public class LimitsARate {
  Bucket bucket;
}
