package dev.swarmlog.generate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Files of the checkout that the tests run in, and of other folders. */
final class Checkout {

  private Checkout() {}

  /** What is committed of a language. */
  static Path committed(Language language) {
    return Path.of("..", language.id(), "gen");
  }

  /** The texts below a folder, by path. */
  static Map<String, String> texts(Path folder) throws IOException {
    Map<String, String> texts = new TreeMap<>();
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.filter(Files::isRegularFile).toList()) {
        String name = folder.relativize(path).toString();
        // What running and checking Python leaves behind.
        if (!name.contains("__pycache__") && !name.contains("_cache/")) {
          texts.put(name, Files.readString(path));
        }
      }
    }
    return texts;
  }
}
