package dev.swarmlog.demo.survey;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The files of a directory that a survey covers: those that git tracks, else all outside of build
 * folders.
 *
 * @param root the directory, absolute
 * @param listedBy how the files were found, for people: "git ls-files" or "walking the folders"
 * @param paths relative to the root with '/' between names, without duplicates, in a stable order;
 *     1 to {@link #MAX_FILES}
 */
public record SourceTree(Path root, String listedBy, List<String> paths) {
  /** More files than this are refused: every agent of the demo holds a row for each of them. */
  public static final int MAX_FILES = 100_000;

  /** Folders that hold what a build or a tool has made. */
  private static final Set<String> BUILD_FOLDERS =
      Set.of(
          ".git",
          ".hg",
          ".svn",
          ".gradle",
          ".idea",
          ".venv",
          "venv",
          "__pycache__",
          "node_modules",
          "target",
          "build",
          "out",
          "dist");

  public SourceTree {
    paths = List.copyOf(paths);
  }

  /** The last name of the root, to be shown. */
  public String name() {
    Path name = root.getFileName();
    return name == null ? root.toString() : name.toString();
  }

  /**
   * Lists a directory. Runs git, or walks; blocks for as long as that takes.
   *
   * @throws IOException if the directory cannot be listed, has no file or more than {@link
   *     #MAX_FILES}; the message says what to do
   */
  public static SourceTree list(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      throw new IOException(
          "Expected a directory to survey, but " + directory + " is none. Name one that exists.");
    }
    Path root = directory.toRealPath();
    List<String> tracked = trackedByGit(root);
    SourceTree tree =
        tracked.isEmpty()
            ? new SourceTree(root, "walking the folders", walk(root))
            : new SourceTree(root, "git ls-files", tracked);
    if (tree.paths.isEmpty()) {
      throw new IOException(
          "Expected files to survey, but found none in " + root + ". Name another directory.");
    }
    if (tree.paths.size() > MAX_FILES) {
      throw new IOException(
          String.format(
              "Expected at most %,d files, but found %,d in %s. Name one of its folders.",
              MAX_FILES, tree.paths.size(), root));
    }
    return tree;
  }

  /**
   * What git tracks below the directory; empty if git is missing, or the directory is not one of
   * its.
   */
  private static List<String> trackedByGit(Path root) throws IOException {
    Process git;
    try {
      git =
          new ProcessBuilder("git", "ls-files", "-z", "--cached")
              .directory(root.toFile())
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
    } catch (IOException e) {
      return List.of();
    }
    Set<String> paths = new LinkedHashSet<>();
    try (InputStream output = git.getInputStream()) {
      ByteArrayOutputStream name = new ByteArrayOutputStream();
      byte[] chunk = new byte[1 << 16];
      for (int read = output.read(chunk); read >= 0; read = output.read(chunk)) {
        for (int i = 0; i < read; i++) {
          if (chunk[i] == 0) {
            paths.add(name.toString(StandardCharsets.UTF_8));
            name.reset();
          } else {
            name.write(chunk[i]);
          }
        }
      }
      return git.waitFor() == 0 ? List.copyOf(paths) : List.of();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while git listed " + root + ".", e);
    } finally {
      git.destroy();
    }
  }

  private static List<String> walk(Path root) throws IOException {
    List<String> paths = new ArrayList<>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            Path name = folder.getFileName();
            return !folder.equals(root) && name != null && BUILD_FOLDERS.contains(name.toString())
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            paths.add(relative(file));
            return FileVisitResult.CONTINUE;
          }

          /**
           * A folder or file that cannot be looked at is listed all the same; its survey will say
           * why.
           */
          @Override
          public FileVisitResult visitFileFailed(Path file, IOException failure) {
            if (!file.equals(root)) {
              paths.add(relative(file));
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure) {
            return FileVisitResult.CONTINUE;
          }

          private String relative(Path file) {
            return root.relativize(file).toString().replace('\\', '/');
          }
        });
    Collections.sort(paths);
    return paths;
  }
}
