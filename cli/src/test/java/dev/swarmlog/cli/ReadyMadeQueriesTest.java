package dev.swarmlog.cli;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Asks of each query in {@code otel/} whether a coordinator under load has what it asks for. */
class ReadyMadeQueriesTest {

  private static final Path READY_MADE = Path.of("..", "otel");
  private static final Pattern RULE = Pattern.compile("(?m)^ +- alert: (\\w+)$");
  private static final Pattern FIRES =
      Pattern.compile("(?m)^ +alertname: (\\w+)\n +exp_alerts:\n +- exp_labels:");
  private static final Pattern IS_SILENT =
      Pattern.compile("(?m)^ +alertname: (\\w+)\n +exp_alerts: \\[\\]$");
  private static final Pattern EXPRESSION = Pattern.compile("(?m)^ +expr: (.+)$");
  private static final Pattern VALUES = Pattern.compile("label_values\\((.+), (\\w+)\\)");

  /** What Prometheus adds by itself. */
  private static final Set<String> OF_PROMETHEUS = Set.of("instance", "job");

  @TempDir private static Path folder;
  private static MeteredCoordinator coordinator;
  private static Scrape scrape;

  @BeforeAll
  static void load() throws Exception {
    coordinator = MeteredCoordinator.start(folder);
    coordinator.load();
    scrape = coordinator.scrapeWith("swarmlog_lag_seconds_bucket");
  }

  @AfterAll
  static void stop() {
    coordinator.close();
  }

  static List<String> queries() throws Exception {
    List<String> queries = new ArrayList<>(alerts());
    JsonNode dashboard =
        new ObjectMapper().readTree(READY_MADE.resolve("grafana/swarmlog.json").toFile());
    queries.addAll(dashboard.findValuesAsText("expr"));
    Matcher values =
        VALUES.matcher(String.join("\n", dashboard.get("templating").findValuesAsText("query")));
    while (values.find()) {
      queries.add("sum by (%s) (%s)".formatted(values.group(2), values.group(1)));
    }
    return queries;
  }

  private static List<String> alerts() throws Exception {
    List<String> expressions = new ArrayList<>();
    Matcher expression =
        EXPRESSION.matcher(Files.readString(READY_MADE.resolve("prometheus/alerts.yml")));
    while (expression.find()) {
      expressions.add(expression.group(1));
    }
    return expressions;
  }

  @ParameterizedTest
  @MethodSource("queries")
  void shouldAskForWhatIsThere(String expression) {
    // given
    PromQuery query = PromQuery.of(expression);

    // then
    assertThat(query.selected()).isNotEmpty();
    Set<String> known = new TreeSet<>(OF_PROMETHEUS);
    for (Map.Entry<String, Set<String>> selector : query.selected().entrySet()) {
      if (selector.getKey().equals("up")) {
        assertThat(OF_PROMETHEUS).containsAll(selector.getValue());
        continue;
      }
      assertThat(scrape.labels()).containsKey(selector.getKey());
      Set<String> labels = scrape.labels().get(selector.getKey());
      assertThat(labels).containsAll(selector.getValue());
      known.addAll(labels);
    }
    assertThat(known).containsAll(query.grouped());
  }

  @Test
  void shouldFindTheQueryOfEachAlertAndPanel() throws Exception {
    String alerts = Files.readString(READY_MADE.resolve("prometheus/alerts.yml"));
    JsonNode dashboard =
        new ObjectMapper().readTree(READY_MADE.resolve("grafana/swarmlog.json").toFile());

    assertThat(alerts())
        .hasSize((int) RULE.matcher(alerts).results().count())
        .hasSizeGreaterThan(4);
    assertThat(dashboard.get("panels"))
        .allSatisfy(panel -> assertThat(panel.findValuesAsText("expr")).isNotEmpty());
  }

  /** {@code .ci/run} has promtool run these cases. */
  @Test
  void shouldHaveACaseWhereEachAlertFiresAndOneWhereItDoesNot() throws Exception {
    Set<String> rules = names(RULE, "prometheus/alerts.yml");

    assertThat(rules).isNotEmpty();
    assertThat(names(FIRES, "prometheus/alerts_test.yml")).isEqualTo(rules);
    assertThat(names(IS_SILENT, "prometheus/alerts_test.yml")).isEqualTo(rules);
  }

  private static Set<String> names(Pattern pattern, String file) throws Exception {
    return pattern
        .matcher(Files.readString(READY_MADE.resolve(file)))
        .results()
        .map(found -> found.group(1))
        .collect(toCollection(TreeSet::new));
  }
}
