package dev.swarmlog.server;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;

/** How much may still be written. Waits for the device: not for threads that must not. */
public interface FreeSpace {

  /** That of the file systems of this machine. */
  FreeSpace REAL = FreeSpace::ofFileSystem;

  /** Bytes that this process may still write where a directory lies. */
  long usableBytes(Path directory) throws IOException;

  private static long ofFileSystem(Path directory) throws IOException {
    // A FileStore looks for the mount first, which not everybody may see.
    File file = directory.toFile();
    long usable = file.getUsableSpace();
    if (usable == 0 && file.getTotalSpace() == 0) {
      throw new IOException("the file system of " + directory + " does not tell its size");
    }
    return usable;
  }
}
