package dev.swarmlog.demo.polyglot.agent;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.swarmlog.demo.v1.PolyglotState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * A file that is replaced whole: written beside, forced to the device, renamed over the old one.
 * Whoever is killed leaves the old one or the new one. Not thread-safe.
 */
final class StateFile {
  private final Path folder;
  private final Path file;
  private final Path next;

  /**
   * @param folder exists, and is nobody else's
   */
  StateFile(Path folder) {
    this.folder = folder;
    this.file = folder.resolve("state");
    this.next = folder.resolve("state.next");
  }

  /**
   * What was written last; a default instance if nothing was.
   *
   * @throws IOException if it cannot be read, or is something else
   */
  PolyglotState read() throws IOException {
    if (!Files.exists(file)) {
      return PolyglotState.getDefaultInstance();
    }
    try {
      return PolyglotState.parseFrom(Files.readAllBytes(file));
    } catch (InvalidProtocolBufferException e) {
      throw new IOException(
          "Expected the state of an agent in "
              + file
              + ", but it does not parse: restore it, or remove it to start from the beginning.",
          e);
    }
  }

  /** Replaces it; on the device when this returns. */
  void write(PolyglotState state) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            next,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = state.toByteString().asReadOnlyByteBuffer();
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    // The new name is there after a loss of power once the folder is on the device.
    try (FileChannel opened = FileChannel.open(folder, StandardOpenOption.READ)) {
      opened.force(true);
    }
  }
}
