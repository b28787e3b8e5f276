package dev.swarmlog.generate;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * A folder that is generated into. It keeps a list of what was generated, {@value #LIST}, so that
 * generating again replaces just that: files that are the same are not touched, those that are no
 * longer generated go, and those of others stay as they are.
 */
final class OutputFolder {

  static final String LIST = ".swarmlog-generated";

  private static final String LANGUAGE = "language: ";
  private static final int MAX_NAMED = 3;

  private final Path folder;
  private final Language language;
  private final Set<String> former;

  private OutputFolder(Path folder, Language language, Set<String> former) {
    this.folder = folder;
    this.language = language;
    this.former = former;
  }

  /**
   * Looks at a folder, which need not be there yet.
   *
   * @throws GenerationException if it is not a folder, cannot be written, or is somebody else's
   */
  static OutputFolder open(Path folder, Language language) throws GenerationException {
    try {
      Files.createDirectories(folder);
      Path list = folder.resolve(LIST);
      Set<String> former = Files.exists(list) ? read(list, language) : empty(folder);
      if (!Files.isWritable(folder)) {
        throw GenerationException.folder(
            "Expected to write to %s, but that is not permitted.".formatted(folder),
            "Choose another folder, or have its permissions changed.");
      }
      return new OutputFolder(folder, language, former);
    } catch (FileAlreadyExistsException e) {
      throw GenerationException.folder(
          "Expected %s to be a folder, but %s is a file.".formatted(folder, e.getFile()),
          "Choose another folder.");
    } catch (IOException e) {
      throw unwritable(folder, e);
    }
  }

  /** Says why it cannot be written; generating again goes on from there. */
  static GenerationException unwritable(Path folder, IOException why) {
    String reason =
        why instanceof AccessDeniedException denied
            ? denied.getFile() + " does not permit it"
            : why instanceof FileSystemException of && of.getReason() != null
                ? of.getFile() + ": " + of.getReason()
                : why.getClass().getSimpleName() + ": " + why.getMessage();
    return GenerationException.folder(
        "Expected to write to %s, but could not: %s.".formatted(folder, reason),
        "Choose another folder, or mend what keeps it from being written.");
  }

  private static Set<String> empty(Path folder) throws IOException, GenerationException {
    try (Stream<Path> entries = Files.list(folder)) {
      List<String> foreign = entries.map(path -> path.getFileName().toString()).sorted().toList();
      if (!foreign.isEmpty()) {
        throw foreign(folder, foreign);
      }
      return Set.of();
    }
  }

  private static GenerationException foreign(Path folder, List<String> files) {
    String more =
        files.size() > MAX_NAMED ? " and %d more".formatted(files.size() - MAX_NAMED) : "";
    return GenerationException.folder(
        "Expected %s to be empty or generated before, but there is %s%s."
            .formatted(
                folder,
                String.join(", ", files.subList(0, Math.min(MAX_NAMED, files.size()))),
                more),
        "Nothing was written. Choose a folder of its own, or move away what is there.");
  }

  private static Set<String> read(Path list, Language language)
      throws IOException, GenerationException {
    Set<String> files = new TreeSet<>();
    for (String line : Files.readAllLines(list)) {
      if (line.startsWith("#") || line.isBlank()) {
        continue;
      }
      if (!line.startsWith(LANGUAGE)) {
        files.add(line);
      } else if (!line.equals(LANGUAGE + language.id())) {
        throw GenerationException.folder(
            "Expected %s to hold what was generated for %s, but it was generated for %s."
                .formatted(list.getParent(), language.id(), line.substring(LANGUAGE.length())),
            "Nothing was written. Choose a folder for each language.");
      }
    }
    return files;
  }

  /**
   * Puts what was generated into the folder.
   *
   * @param generated a folder that holds it, and nothing else
   * @return how many files there are now, and how many of them are new or changed
   */
  Generated take(Path generated) throws IOException, GenerationException {
    Set<String> files = new TreeSet<>();
    try (Stream<Path> paths = Files.walk(generated)) {
      paths
          .filter(Files::isRegularFile)
          .forEach(path -> files.add(generated.relativize(path).toString().replace('\\', '/')));
    }
    List<String> foreign = new ArrayList<>();
    for (String file : files) {
      if (!former.contains(file) && Files.exists(folder.resolve(file))) {
        foreign.add(file);
      }
    }
    if (!foreign.isEmpty()) {
      throw foreign(folder, foreign);
    }
    // First, so that all that is written below is known as ours whatever happens.
    Set<String> written = new TreeSet<>(former);
    written.addAll(files);
    write(written);
    int changed = 0;
    for (String file : files) {
      changed += replace(generated.resolve(file), folder.resolve(file)) ? 1 : 0;
    }
    int removed = 0;
    for (String file : former) {
      removed += !files.contains(file) && remove(file) ? 1 : 0;
    }
    write(files);
    return new Generated(files.size(), changed, removed);
  }

  private static boolean replace(Path from, Path to) throws IOException {
    byte[] bytes = Files.readAllBytes(from);
    if (Files.isRegularFile(to) && Files.mismatch(from, to) < 0) {
      return false;
    }
    Files.createDirectories(to.getParent());
    Files.write(to, bytes);
    return true;
  }

  /** Removes a file and the folders that it leaves empty; only inside, whatever the list says. */
  private boolean remove(String file) throws IOException {
    Path root = folder.toAbsolutePath().normalize();
    Path path = root.resolve(file).normalize();
    if (!path.startsWith(root) || path.equals(root) || !Files.deleteIfExists(path)) {
      return false;
    }
    Path parent = path.getParent();
    while (parent != null && !parent.equals(root) && isEmpty(parent)) {
      Files.delete(parent);
      parent = parent.getParent();
    }
    return true;
  }

  private static boolean isEmpty(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.findAny().isEmpty();
    }
  }

  private void write(Set<String> files) throws IOException {
    StringBuilder text = new StringBuilder();
    text.append("# What `swarmlog sdk generate ")
        .append(language.id())
        .append("` wrote here. Generating again replaces these files, and no others.\n")
        .append(LANGUAGE)
        .append(language.id())
        .append('\n');
    files.forEach(file -> text.append(file).append('\n'));
    Path list = folder.resolve(LIST);
    if (!Files.exists(list) || !Files.readString(list).contentEquals(text)) {
      Files.writeString(list, text);
    }
  }
}
