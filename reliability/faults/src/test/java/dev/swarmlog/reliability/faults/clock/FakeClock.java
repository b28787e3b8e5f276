package dev.swarmlog.reliability.faults.clock;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A wall clock for other processes, by libfaketime, that can be set while they run. Their monotonic
 * clock stays as it is. Used by one thread.
 */
final class FakeClock {
  private static final List<Path> LIBRARIES =
      List.of(
          Path.of("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"),
          Path.of("/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1"));

  private final Path offset;
  private final Path nextOffset;

  /** One that tells the right time, and that a file in this folder says so. */
  FakeClock(Path folder) throws IOException {
    this.offset = folder.resolve("clock-offset");
    this.nextOffset = folder.resolve("clock-offset-next");
    set(0);
  }

  /** libfaketime, where it is installed. */
  static Optional<Path> library() {
    return LIBRARIES.stream().filter(Files::exists).findFirst();
  }

  /** What a process is started with that shall have this clock. */
  Map<String, String> environment() {
    return Map.of(
        "LD_PRELOAD", library().orElseThrow().toString(),
        "FAKETIME_TIMESTAMP_FILE", offset.toString(),
        // Else a new time holds after up to 10 s only.
        "FAKETIME_NO_CACHE", "1",
        "FAKETIME_DONT_FAKE_MONOTONIC", "1",
        // Else waits by the monotonic clock, which are all of Java's, end at once.
        "FAKETIME_FORCE_MONOTONIC_FIX", "0");
  }

  /**
   * Sets the clock.
   *
   * @param aheadS how far it is ahead of the right time; negative: behind
   */
  void set(long aheadS) throws IOException {
    Files.writeString(nextOffset, "%+d\n".formatted(aheadS));
    // No process may read half of it.
    Files.move(nextOffset, offset, StandardCopyOption.ATOMIC_MOVE);
  }
}
