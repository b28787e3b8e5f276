package dev.swarmlog.cli;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What Prometheus was told, in its OpenMetrics form.
 *
 * @param types of each family
 * @param units of each family that has one
 * @param labels of each sample by its name, such as {@code swarmlog_lag_seconds_bucket}; all that
 *     any series of it has
 */
record Scrape(
    Map<String, String> types, Map<String, String> units, Map<String, Set<String>> labels) {

  private static final Pattern SAMPLE = Pattern.compile("([a-zA-Z_:][\\w:]*)(\\{(.*?)\\})? .*");
  private static final Pattern LABEL = Pattern.compile("([a-zA-Z_]\\w*)=\"(?:[^\"\\\\]|\\\\.)*\"");

  static Scrape of(String page) {
    Scrape scrape = new Scrape(new HashMap<>(), new HashMap<>(), new HashMap<>());
    page.lines().forEach(scrape::add);
    return scrape;
  }

  /** What either of the two has. */
  Scrape and(Scrape other) {
    Scrape both = new Scrape(new HashMap<>(types), new HashMap<>(units), new HashMap<>(labels));
    both.types.putAll(other.types);
    both.units.putAll(other.units);
    other.labels.forEach(
        (name, names) ->
            both.labels.merge(
                name,
                names,
                (mine, theirs) -> {
                  Set<String> union = new TreeSet<>(mine);
                  union.addAll(theirs);
                  return union;
                }));
    return both;
  }

  private void add(String line) {
    String[] words = line.split(" ", 4);
    if (line.startsWith("# TYPE ")) {
      types.put(words[2], words[3]);
    } else if (line.startsWith("# UNIT ")) {
      units.put(words[2], words[3]);
    } else if (!line.startsWith("#")) {
      Matcher sample = SAMPLE.matcher(line);
      if (sample.matches()) {
        Set<String> names = labels.computeIfAbsent(sample.group(1), name -> new TreeSet<>());
        Matcher label = LABEL.matcher(sample.group(3) == null ? "" : sample.group(3));
        while (label.find()) {
          names.add(label.group(1));
        }
      }
    }
  }
}
