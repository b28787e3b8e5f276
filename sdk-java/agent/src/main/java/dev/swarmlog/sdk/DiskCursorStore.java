package dev.swarmlog.sdk;

import java.nio.file.Path;

final class DiskCursorStore {
  private DiskCursorStore() {}

  static CursorStore open(Path directory) {
    throw new UnsupportedOperationException(directory.toString());
  }
}
