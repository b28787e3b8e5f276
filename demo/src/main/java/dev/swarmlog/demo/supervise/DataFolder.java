package dev.swarmlog.demo.supervise;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where a run of the demo keeps its data.
 *
 * <pre>
 * coordinator/           the coordinator's store
 * files                  the surveyed paths, each ended by a NUL
 * journals/process-1     what the agents of a process applied
 * acks/planner           what was acknowledged to the planner
 * acks/process-1         what was acknowledged to the agents of a process
 * logs/                  what processes wrote to standard error
 * </pre>
 */
public record DataFolder(Path root) {
  /**
   * Makes the folder ready.
   *
   * @param root must be empty or missing
   * @throws IOException if it is not, or cannot be made
   */
  public static DataFolder create(Path root) throws IOException {
    DataFolder folder = new DataFolder(empty(root));
    Files.createDirectories(folder.root.resolve("journals"));
    Files.createDirectories(folder.root.resolve("acks"));
    Files.createDirectories(folder.logs());
    return folder;
  }

  /**
   * Makes an empty folder ready.
   *
   * @param root must be empty or missing
   * @return its absolute path
   * @throws IOException if it is not, or cannot be made
   */
  public static Path empty(Path root) throws IOException {
    if (Files.isDirectory(root)) {
      try (Stream<Path> held = Files.list(root)) {
        if (held.findAny().isPresent()) {
          throw new IOException(
              "Expected an empty folder for the data, but "
                  + root
                  + " holds something. Name another, or remove it.");
        }
      }
    }
    return Files.createDirectories(root.toAbsolutePath());
  }

  Path coordinator() {
    return root.resolve("coordinator");
  }

  Path logs() {
    return root.resolve("logs");
  }

  Path journal(int process) {
    return root.resolve("journals").resolve("process-" + process);
  }

  Path acks(int process) {
    return root.resolve("acks").resolve("process-" + process);
  }

  Path plannerAcks() {
    return root.resolve("acks").resolve("planner");
  }

  Path fileList() {
    return root.resolve("files");
  }

  void writeFileList(List<String> paths) throws IOException {
    StringBuilder list = new StringBuilder();
    paths.forEach(path -> list.append(path).append('\0'));
    Files.writeString(fileList(), list);
  }

  /** Reads what the supervisor wrote for the planner. */
  public static List<String> readFileList(Path list) throws IOException {
    String paths = Files.readString(list, StandardCharsets.UTF_8);
    return Arrays.asList(paths.split("\0"));
  }
}
