package dev.swarmlog.reliability.faults.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.swarmlog.demo.process.Child;
import dev.swarmlog.demo.process.Children;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A file system of a size in memory (tmpfs), that a test fills up. It is mounted in a namespace of
 * its own, which needs no root where the system lets users have namespaces; processes that are to
 * see it are started with {@link #wrapper}.
 */
final class SmallDisk {
  private static final long PATIENCE_S = 20;
  private static final int CHUNK_BYTES = 1 << 16;

  private final Path mount;
  private final Child holder;

  private SmallDisk(Path mount, Child holder) {
    this.mount = mount;
    this.holder = holder;
  }

  /**
   * Mounts one, or aborts the test where that cannot be done. It is there as long as the children
   * are.
   *
   * @param mount an empty folder
   */
  static SmallDisk mount(Children children, Path mount, int mebibytes) throws Exception {
    Files.createDirectories(mount);
    CountDownLatch mounted = new CountDownLatch(1);
    Child holder;
    try {
      holder = children.start("small-disk", command(mount, mebibytes), line -> mounted.countDown());
    } catch (IOException e) {
      return abort("Expected unshare, of util-linux, but: " + e.getMessage());
    }
    while (!mounted.await(50, TimeUnit.MILLISECONDS)) {
      if (!holder.isAlive()) {
        abort(
            "Expected a tmpfs in a namespace of its own, but this system does not allow that: "
                + holder.lastWords());
      }
    }
    return new SmallDisk(mount, holder);
  }

  private static List<String> command(Path mount, int mebibytes) {
    return List.of(
        "unshare",
        "--map-root-user",
        "--mount",
        "sh",
        "-c",
        "mount -t tmpfs -o size=%dm tmpfs '%s' && echo mounted && cat >/dev/null"
            .formatted(mebibytes, mount));
  }

  /** Mounts another one in a folder of this one. */
  void mountWithin(String folder, int mebibytes) throws Exception {
    run("mkdir", "-p", mount.resolve(folder).toString());
    run(
        "mount",
        "-t",
        "tmpfs",
        "-o",
        "size=" + mebibytes + "m",
        "tmpfs",
        mount.resolve(folder).toString());
  }

  /** What a command is preceded by that is to see the file system. */
  String[] wrapper() {
    return new String[] {
      "nsenter",
      "--preserve-credentials",
      "--target",
      Long.toString(holder.pid()),
      "--user",
      "--mount",
      "--"
    };
  }

  /** Where it lies for those who see it. */
  Path path() {
    return mount;
  }

  /** A folder or file of it as the test sees it. */
  Path seen(String name) {
    return Path.of("/proc", Long.toString(holder.pid()), "root")
        .resolve(Path.of("/").relativize(mount.toAbsolutePath()))
        .resolve(name);
  }

  long usableBytes(String folder) {
    return seen(folder).toFile().getUsableSpace();
  }

  /** Somebody else writes into a folder until there is not a byte left. */
  void fill(String folder) throws IOException {
    byte[] chunk = new byte[CHUNK_BYTES];
    int number = 0;
    Path hog;
    do {
      hog = seen(folder).resolve("hog-" + number);
      number++;
    } while (Files.exists(hog));
    try (OutputStream out = Files.newOutputStream(hog)) {
      while (true) {
        out.write(chunk);
      }
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("No space left");
    }
  }

  /** Somebody else writes into a folder until so much is left. */
  void takeAllBut(String folder, int bytes) throws IOException {
    byte[] chunk = new byte[CHUNK_BYTES];
    try (OutputStream out = Files.newOutputStream(seen(folder).resolve("hog-other"))) {
      while (usableBytes(folder) > bytes) {
        out.write(chunk);
      }
    }
  }

  /**
   * Gives back of what {@link #fill} took until so much is left: whoever fills a disk at the moment
   * when the reserve is given up takes that, too.
   */
  void leave(String folder, int bytes) throws IOException {
    Path hog = seen(folder).resolve("hog-0");
    try (FileChannel channel = FileChannel.open(hog, StandardOpenOption.WRITE)) {
      long lacking = bytes - usableBytes(folder);
      if (lacking > 0) {
        channel.truncate(channel.size() - lacking);
      }
    }
    assertThat(usableBytes(folder)).isGreaterThanOrEqualTo(bytes);
  }

  /** Takes back all that was written by {@link #fill}. */
  void free(String folder) throws IOException {
    try (var hogs = Files.newDirectoryStream(seen(folder), "hog-*")) {
      for (Path hog : hogs) {
        Files.delete(hog);
      }
    }
  }

  private void run(String... command) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(wrapper());
    builder.command().addAll(List.of(command));
    Process process = builder.inheritIO().start();
    assertThat(process.waitFor(PATIENCE_S, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isZero();
  }
}
