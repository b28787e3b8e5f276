package dev.swarmlog.architecture.violations.server.path.admit;

import io.github.bucket4j.Bucket;

/** Allowed by itself: admit sees Bucket4j. */
public class Admits {
  Bucket bucket;

  public boolean admit() {
    return bucket.tryConsume(1);
  }
}
