package dev.swarmlog.demo.survey;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swarmlog.demo.v1.FileKind;
import dev.swarmlog.demo.v1.SurveyResult;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The outcome of a survey: one row per file, and sums by language. Immutable. */
public final class SurveyTable {
  private static final List<String> COLUMNS =
      List.of(
          "path",
          "kind",
          "language",
          "bytes",
          "lines",
          "blank_lines",
          "longest_line_bytes",
          "todos",
          "fixmes",
          "sha256",
          "detail");

  private final List<SurveyResult> results;

  /**
   * @param results one per file, in the order they shall be written
   */
  public SurveyTable(List<SurveyResult> results) {
    this.results = List.copyOf(results);
  }

  /** Sums over the files of one language; {@code name} says what they are where they have none. */
  public record LanguageRow(
      String name,
      long files,
      long lines,
      long blankLines,
      long bytes,
      long longestLineBytes,
      long todos,
      long fixmes) {
    private LanguageRow plus(SurveyResult result) {
      return new LanguageRow(
          name,
          files + 1,
          lines + result.getLineCount(),
          blankLines + result.getBlankLineCount(),
          bytes + result.getSizeBytes(),
          Math.max(longestLineBytes, result.getLongestLineBytes()),
          todos + result.getTodoCount(),
          fixmes + result.getFixmeCount());
    }
  }

  /** By number of lines, then of files, most first. */
  public List<LanguageRow> byLanguage() {
    Map<String, LanguageRow> rows = new TreeMap<>();
    for (SurveyResult result : results) {
      String name = language(result);
      rows.put(
          name, rows.getOrDefault(name, new LanguageRow(name, 0, 0, 0, 0, 0, 0, 0)).plus(result));
    }
    List<LanguageRow> sorted = new ArrayList<>(rows.values());
    sorted.sort(
        Comparator.comparingLong(LanguageRow::lines)
            .thenComparingLong(LanguageRow::files)
            .reversed());
    return sorted;
  }

  /** Over all files. */
  public LanguageRow total() {
    LanguageRow total = new LanguageRow("all", 0, 0, 0, 0, 0, 0, 0);
    for (SurveyResult result : results) {
      total = total.plus(result);
    }
    return total;
  }

  /**
   * Writes every row: JSON, an array of objects, if the name ends in ".json"; else CSV (RFC 4180)
   * with a head.
   */
  public void write(Path file) throws IOException {
    boolean json = file.toString().toLowerCase(Locale.ROOT).endsWith(".json");
    try (Writer out = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
      if (json) {
        out.write(new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(rows()));
        out.write("\n");
        return;
      }
      out.write(String.join(",", COLUMNS) + "\r\n");
      for (Map<String, Object> row : rows()) {
        out.write(
            String.join(",", row.values().stream().map(value -> quoted(value.toString())).toList())
                + "\r\n");
      }
    }
  }

  private List<Map<String, Object>> rows() {
    return results.stream().map(SurveyTable::row).toList();
  }

  private static Map<String, Object> row(SurveyResult result) {
    List<Object> values =
        List.of(
            result.getPath(),
            kind(result.getKind()),
            result.getLanguage(),
            result.getSizeBytes(),
            result.getLineCount(),
            result.getBlankLineCount(),
            result.getLongestLineBytes(),
            result.getTodoCount(),
            result.getFixmeCount(),
            HexFormat.of().formatHex(result.getSha256().toByteArray()),
            result.getDetail());
    Map<String, Object> row = new LinkedHashMap<>();
    for (int i = 0; i < COLUMNS.size(); i++) {
      row.put(COLUMNS.get(i), values.get(i));
    }
    return row;
  }

  private static String language(SurveyResult result) {
    if (!result.getLanguage().isEmpty()) {
      return result.getLanguage();
    }
    return "("
        + (result.getKind() == FileKind.FILE_KIND_TEXT ? "other text" : kind(result.getKind()))
        + ")";
  }

  private static String kind(FileKind kind) {
    return kind.name().replace("FILE_KIND_", "").replace('_', ' ').toLowerCase(Locale.ROOT);
  }

  private static String quoted(String value) {
    boolean plain = value.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
    return plain ? value : '"' + value.replace("\"", "\"\"") + '"';
  }
}
