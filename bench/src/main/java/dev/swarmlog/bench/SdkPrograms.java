package dev.swarmlog.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The programs of one name that the SDKs of a checkout bring: {@code sdk-java/PROGRAM} and {@code
 * sdk-generated/LANG/PROGRAM}.
 */
public final class SdkPrograms {
  private static final String JAVA = "java";

  private SdkPrograms() {}

  /**
   * Finds them.
   *
   * @param checkout its root; without a folder of SDKs there are none
   * @param program where it lies in the folder of an SDK, such as {@code bench/apply}
   * @return by language, the absolute path of an executable file
   * @throws IOException if a folder of the checkout cannot be read
   */
  public static SortedMap<String, Path> find(Path checkout, String program) throws IOException {
    SortedMap<String, Path> found = new TreeMap<>();
    add(found, JAVA, checkout.resolve("sdk-java").resolve(program));
    Path sdks = checkout.resolve("sdk-generated");
    if (Files.isDirectory(sdks)) {
      try (Stream<Path> languages = Files.list(sdks)) {
        for (Path language : languages.toList()) {
          add(found, String.valueOf(language.getFileName()), language.resolve(program));
        }
      }
    }
    return found;
  }

  private static void add(SortedMap<String, Path> found, String language, Path program) {
    if (Files.isRegularFile(program) && Files.isExecutable(program)) {
      found.put(language, program.toAbsolutePath());
    }
  }
}
