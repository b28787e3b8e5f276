package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A golden scenario as text: lines "&gt; input" and, below each, "&lt; output" lines that must come
 * of it, in order. Other lines are comments.
 *
 * <p>{@code mvn test -Dtest='*TranscriptTest' -Dtranscripts.update=true} writes the outputs that
 * come; read the difference before committing it.
 */
final class Transcript {
  private static final Path FOLDER = Path.of("src/test/resources/transcripts");

  private Transcript() {}

  static List<String> names(String folder) throws IOException {
    try (Stream<Path> files = Files.list(FOLDER.resolve(folder))) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  /** Plays the inputs; {@code outputs} is what the machine has said since it was last cleared. */
  static void play(String folder, String name, List<String> outputs, Consumer<Input> machine)
      throws IOException {
    Path file = FOLDER.resolve(folder).resolve(name);
    List<String> golden = Files.readAllLines(file);
    List<String> actual = new ArrayList<>();
    for (String line : golden) {
      if (line.startsWith("< ")) {
        continue;
      }
      actual.add(line);
      if (line.startsWith("> ")) {
        outputs.clear();
        machine.accept(Input.parse(line.substring(2)));
        outputs.forEach(output -> actual.add("< " + output));
      }
    }
    if (Boolean.getBoolean("transcripts.update")) {
      Files.write(file, actual);
    }
    assertThat(actual).as(file.toString()).containsExactlyElementsOf(golden);
  }

  /**
   * An input line: a verb, words, and name=value settings.
   *
   * @param words behind the verb
   */
  record Input(String verb, List<String> words, Map<String, String> settings) {
    static Input parse(String line) {
      List<String> parts = Arrays.asList(line.trim().split("\\s+"));
      List<String> words = parts.stream().skip(1).filter(word -> !word.contains("=")).toList();
      Map<String, String> settings =
          parts.stream()
              .filter(word -> word.contains("="))
              .map(word -> word.split("=", 2))
              .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
      return new Input(parts.get(0), words, settings);
    }

    String word(int index) {
      return words.get(index);
    }

    long number(int index) {
      return Long.parseLong(words.get(index));
    }

    long setting(String name, long otherwise) {
      String value = settings.get(name);
      return value == null ? otherwise : Long.parseLong(value);
    }
  }
}
