package dev.swarmlog.demo.survey;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** The table that tells a file's language, read from {@code languages.txt}. Immutable. */
final class Languages {
  private final Map<String, String> byName = new HashMap<>();
  private final Map<String, String> byExtension = new HashMap<>();
  private final Map<String, String> byProgram = new HashMap<>();

  private Languages(BufferedReader table) throws IOException {
    for (String line = table.readLine(); line != null; line = table.readLine()) {
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      String[] columns = line.split(" ", 3);
      Map<String, String> into =
          switch (columns[0]) {
            case "name" -> byName;
            case "extension" -> byExtension;
            case "program" -> byProgram;
            default ->
                throw new IOException("Expected name, extension or program, but read: " + line);
          };
      for (String what : columns[1].split(",")) {
        into.put(what, columns[2]);
      }
    }
  }

  static Languages load() {
    try (InputStream table = Languages.class.getResourceAsStream("languages.txt")) {
      if (table == null) {
        throw new IllegalStateException(
            "Expected languages.txt beside its class, but it is not on the class path.");
      }
      return new Languages(
          new BufferedReader(new InputStreamReader(table, StandardCharsets.UTF_8)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The language of a file, or "" if nothing tells.
   *
   * @param path relative, with '/' between names
   * @param firstLine the beginning of the file, for its {@code #!}; may be empty
   */
  String of(String path, String firstLine) {
    String name = path.substring(path.lastIndexOf('/') + 1);
    String language = byName.get(name);
    if (language == null) {
      int dot = name.lastIndexOf('.');
      language = dot < 0 ? null : byExtension.get(name.substring(dot + 1).toLowerCase(Locale.ROOT));
    }
    if (language == null && firstLine.startsWith("#!")) {
      language = byProgram.get(program(firstLine));
    }
    return language == null ? "" : language;
  }

  /** The program of a {@code #!} line: its last name, or the word after {@code env}. */
  private static String program(String firstLine) {
    String program = "";
    for (String word : firstLine.substring(2).strip().split("\\s+")) {
      if (word.startsWith("-") || word.contains("=")) {
        continue;
      }
      program = word.substring(word.lastIndexOf('/') + 1);
      if (!program.equals("env")) {
        break;
      }
    }
    return program;
  }
}
