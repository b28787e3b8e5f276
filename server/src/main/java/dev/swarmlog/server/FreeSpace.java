package dev.swarmlog.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How much may still be written. Waits for the device: not for threads that must not. */
public interface FreeSpace {

  /** That of the file systems of this machine. */
  FreeSpace REAL = directory -> Files.getFileStore(directory).getUsableSpace();

  /** Bytes that this process may still write where a directory lies. */
  long usableBytes(Path directory) throws IOException;
}
