package dev.swarmlog.cli;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a query of Prometheus asks for. Whether it is one at all is checked by {@code promtool} in
 * {@code .ci/run}.
 *
 * @param selected the labels by which each metric is selected, by its name
 * @param grouped the labels of all {@code by} and {@code without}
 */
record PromQuery(Map<String, Set<String>> selected, Set<String> grouped) {

  private static final Pattern GROUPING = Pattern.compile("\\b(?:by|without|on)\\s*\\(([^)]*)\\)");
  private static final Pattern SELECTOR =
      Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)\\s*(?:\\{([^}]*)\\})?(?!\\s*\\(|[a-zA-Z0-9_:])");
  private static final Pattern MATCHER = Pattern.compile("([a-zA-Z_]\\w*)\\s*(?:=~|!~|!=|=)");
  private static final Set<String> WORDS = Set.of("and", "or", "unless", "bool", "offset");
  private static final Pattern RANGE = Pattern.compile("\\[[^]]*\\]");
  private static final Pattern TEXT = Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*\"");
  private static final Pattern NUMBER = Pattern.compile("\\b\\d[\\w.]*");

  static PromQuery of(String expression) {
    Set<String> grouped = new TreeSet<>();
    String bare = RANGE.matcher(TEXT.matcher(expression).replaceAll("\"\"")).replaceAll("");
    Matcher grouping = GROUPING.matcher(bare);
    while (grouping.find()) {
      for (String label : grouping.group(1).split(",")) {
        if (!label.isBlank()) {
          grouped.add(label.strip());
        }
      }
    }
    Map<String, Set<String>> selected = new HashMap<>();
    Matcher selector = SELECTOR.matcher(NUMBER.matcher(grouping.replaceAll("")).replaceAll(""));
    while (selector.find()) {
      if (!WORDS.contains(selector.group(1))) {
        Set<String> labels = selected.computeIfAbsent(selector.group(1), name -> new TreeSet<>());
        Matcher matcher = MATCHER.matcher(selector.group(2) == null ? "" : selector.group(2));
        while (matcher.find()) {
          labels.add(matcher.group(1));
        }
      }
    }
    return new PromQuery(selected, grouped);
  }
}
