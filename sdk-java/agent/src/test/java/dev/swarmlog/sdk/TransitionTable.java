package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The table of transitions in a state machine's Javadoc: state, input, next state. */
final class TransitionTable {
  private static final Pattern ROW =
      Pattern.compile("<tr><td>([^<]*)</td><td>([^<]*)</td><td>([^<]*)</td>");

  private record Row(Set<String> from, String on, String to) {}

  private final List<Row> rows = new ArrayList<>();
  private final Set<String> walked = new LinkedHashSet<>();

  TransitionTable(Class<?> machine, Enum<?>[] states) throws IOException {
    Path source = Path.of("src/main/java", machine.getName().replace('.', '/') + ".java");
    Set<String> names = new LinkedHashSet<>();
    Arrays.stream(states).map(Enum::name).forEach(names::add);
    Matcher row = ROW.matcher(Files.readString(source).replaceAll("\\s*\n \\*\\s*", " "));
    while (row.find()) {
      Set<String> named = new LinkedHashSet<>(names);
      String cell = row.group(1);
      named.retainAll(Arrays.asList(cell.split("[^A-Z_]+")));
      if (cell.startsWith("any but ")) {
        Set<String> others = new LinkedHashSet<>(names);
        others.removeAll(named);
        named = others;
      }
      assertThat(named).as(row.group()).isNotEmpty();
      assertThat(names).as(row.group()).contains(row.group(3));
      rows.add(new Row(named, row.group(2), row.group(3)));
    }
    assertThat(rows).hasSizeGreaterThan(5);
  }

  void walk(Enum<?> from, Enum<?> to) {
    if (from != to) {
      walked.add(from + " -> " + to);
    }
  }

  /** Every step taken is in the table, and every row of the table was taken. */
  void check() {
    Set<String> documented = new HashSet<>();
    for (Row row : rows) {
      Set<String> pairs = new HashSet<>();
      row.from().forEach(from -> pairs.add(from + " -> " + row.to()));
      assertThat(walked).as("no transcript walks %s", row).containsAnyElementsOf(pairs);
      documented.addAll(pairs);
    }
    assertThat(documented).as("transitions the table must name").containsAll(walked);
  }
}
