package dev.swarmlog.conformance.cases;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The cases that come with the suite. */
public final class CaseFiles {
  private static final String FOLDER = "/swarmlog-conformance-cases";
  private static final String ENDING = ".yaml";

  private CaseFiles() {}

  /** All of them, by name. For any thread. */
  public static List<Case> all() {
    URL url = CaseFiles.class.getResource(FOLDER);
    if (url == null) {
      throw new IllegalStateException("Expected cases in " + FOLDER);
    }
    try {
      if (url.openConnection() instanceof JarURLConnection inJar) {
        // Of its own: by its address there could be only one at a time.
        try (FileSystem jar = FileSystems.newFileSystem(Path.of(inJar.getJarFileURL().toURI()))) {
          return in(jar.getPath(FOLDER));
        }
      }
      return in(Path.of(url.toURI()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Those of a folder. */
  public static List<Case> in(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.toString().endsWith(ENDING))
          .sorted()
          .map(CaseFiles::read)
          .toList();
    }
  }

  private static Case read(Path file) {
    String name = String.valueOf(file.getFileName());
    try {
      return CaseReader.read(
          name.substring(0, name.length() - ENDING.length()), Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
