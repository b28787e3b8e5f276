package dev.swarmlog.otel.export;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * The {@code OTEL_*} variables of a process, checked, and what is meant where they say nothing.
 *
 * <p>The standard's default is to export everything to this machine. Here nothing is exported that
 * nobody asked for: a variable of one signal asks for that signal, one of all for all.
 */
final class StandardVariables {

  private static final String PREFIX = "OTEL_";
  private static final String OTLP = "OTEL_EXPORTER_OTLP_";
  private static final List<String> SIGNALS = List.of("TRACES", "METRICS", "LOGS");

  private static final Set<String> OTLP_OPTIONS =
      Set.of(
          "ENDPOINT",
          "PROTOCOL",
          "HEADERS",
          "TIMEOUT",
          "COMPRESSION",
          "CERTIFICATE",
          "CLIENT_KEY",
          "CLIENT_CERTIFICATE",
          "INSECURE",
          "TEMPORALITY_PREFERENCE",
          "DEFAULT_HISTOGRAM_AGGREGATION");

  private static final Set<String> SAMPLERS =
      Set.of(
          "always_on",
          "always_off",
          "traceidratio",
          "parentbased_always_on",
          "parentbased_always_off",
          "parentbased_traceidratio");

  private final Map<String, String> given = new TreeMap<>();
  private final List<String> problems = new ArrayList<>();

  private StandardVariables(Map<String, String> environment) {
    // The standard takes an empty value for none.
    environment.forEach(
        (name, value) -> {
          if (name.startsWith(PREFIX) && !value.isBlank()) {
            given.put(name, value.strip());
          }
        });
  }

  /**
   * Those of an environment.
   *
   * @throws ExportException if a value is wrong; names all of them
   */
  static StandardVariables of(Map<String, String> environment) throws ExportException {
    StandardVariables variables = new StandardVariables(environment);
    variables.check();
    if (!variables.problems.isEmpty()) {
      throw new ExportException(variables.problems);
    }
    return variables;
  }

  /** Whether everything is switched off, whatever else is set. */
  boolean disabled() {
    return given.getOrDefault("OTEL_SDK_DISABLED", "").equalsIgnoreCase("true");
  }

  /** Whether a signal goes anywhere: {@code TRACES}, {@code METRICS} or {@code LOGS}. */
  boolean exports(String signal) {
    return !exporter(signal).equals("none");
  }

  /** As properties of the SDK, defaults included. */
  Map<String, String> properties() {
    Map<String, String> properties = new HashMap<>();
    // The SDK's own default is all addresses of this machine.
    properties.put("otel.exporter.prometheus.host", "127.0.0.1");
    // What the SDK tells of itself, under the names of the conventions.
    properties.put("otel.experimental.sdk.telemetry.version", "latest");
    given.forEach((name, value) -> properties.put(property(name), value));
    SIGNALS.forEach(
        signal -> properties.put(property(PREFIX + signal + "_EXPORTER"), exporter(signal)));
    return properties;
  }

  /** Where a signal goes, for a person. */
  String destination(String signal) {
    return exporter(signal).contains("otlp")
        ? otlp(signal, "ENDPOINT", defaultEndpoint(signal))
        : exporter(signal);
  }

  /**
   * Those that look like variables of OTLP and are none: misspelt, as a rule. Nothing heeds them.
   */
  List<String> unknown() {
    return given.keySet().stream()
        .filter(name -> name.startsWith(OTLP) && !OTLP_OPTIONS.contains(option(name)))
        .toList();
  }

  private String defaultEndpoint(String signal) {
    return otlp(signal, "PROTOCOL", "grpc").equalsIgnoreCase("grpc")
        ? "http://localhost:4317"
        : "http://localhost:4318";
  }

  private String otlp(String signal, String option, String otherwise) {
    return given.getOrDefault(
        OTLP + signal + "_" + option, given.getOrDefault(OTLP + option, otherwise));
  }

  /** What a variable of OTLP says, of whatever signal. */
  private static String option(String name) {
    String rest = name.substring(OTLP.length());
    return SIGNALS.stream()
        .filter(signal -> rest.startsWith(signal + "_"))
        .findFirst()
        .map(signal -> rest.substring(signal.length() + 1))
        .orElse(rest);
  }

  private String exporter(String signal) {
    String named = given.get(PREFIX + signal + "_EXPORTER");
    if (named != null) {
      return named;
    }
    boolean asked =
        given.keySet().stream()
            .filter(name -> name.startsWith(OTLP) && OTLP_OPTIONS.contains(option(name)))
            .map(name -> name.substring(OTLP.length()))
            .anyMatch(
                rest ->
                    rest.startsWith(signal + "_")
                        || SIGNALS.stream().noneMatch(other -> rest.startsWith(other + "_")));
    return asked ? "otlp" : "none";
  }

  private void check() {
    expect(
        "OTEL_SDK_DISABLED",
        "one of false, true",
        value -> Set.of("true", "false").contains(value.toLowerCase(Locale.ROOT)));
    exporters("OTEL_TRACES_EXPORTER", Set.of("otlp"));
    exporters("OTEL_METRICS_EXPORTER", Set.of("otlp", "prometheus"));
    exporters("OTEL_LOGS_EXPORTER", Set.of("otlp"));
    oneOf("OTEL_TRACES_SAMPLER", SAMPLERS);
    if (given.getOrDefault("OTEL_TRACES_SAMPLER", "").endsWith("traceidratio")) {
      expect("OTEL_TRACES_SAMPLER_ARG", "a number from 0 to 1", StandardVariables::isRatio);
    }
    listOf("OTEL_PROPAGATORS", Set.of("tracecontext", "baggage", "none"));
    for (String part : List.of("", "TRACES_", "METRICS_", "LOGS_")) {
      oneOf(OTLP + part + "PROTOCOL", Set.of("grpc", "http/protobuf"));
      expect(
          OTLP + part + "ENDPOINT",
          "an address such as http://localhost:4317",
          StandardVariables::isHttpAddress);
    }
    for (String name :
        List.of(
            "OTEL_EXPORTER_OTLP_TIMEOUT",
            "OTEL_BSP_SCHEDULE_DELAY",
            "OTEL_BSP_EXPORT_TIMEOUT",
            "OTEL_BLRP_SCHEDULE_DELAY",
            "OTEL_METRIC_EXPORT_INTERVAL")) {
      expect(name, "a number of milliseconds, such as 5000", StandardVariables::isTime);
    }
    expect("OTEL_EXPORTER_PROMETHEUS_PORT", "a port from 0 to 65535", StandardVariables::isPort);
  }

  private void exporters(String name, Set<String> known) {
    Set<String> orNone = new TreeSet<>(known);
    orNone.add("none");
    listOf(name, orNone);
    if (Arrays.asList(given.getOrDefault(name, "none").split(",")).contains("none")) {
      expect(name, "none alone, or a list without it", value -> !value.contains(","));
    }
  }

  private void listOf(String name, Set<String> known) {
    expect(
        name,
        "a list of " + text(known),
        value -> Arrays.stream(value.split(",")).map(String::strip).allMatch(known::contains));
  }

  private void oneOf(String name, Set<String> known) {
    expect(name, "one of " + text(known), known::contains);
  }

  private void expect(String name, String expected, Predicate<String> right) {
    String value = given.get(name);
    if (value != null && !right.test(value)) {
      problems.add("Expected %s to be %s, but got \"%s\"".formatted(name, expected, value));
    }
  }

  private static String text(Set<String> words) {
    return String.join(", ", words.stream().sorted().toList());
  }

  private static boolean isRatio(String value) {
    try {
      double ratio = Double.parseDouble(value);
      return ratio >= 0 && ratio <= 1;
    } catch (NumberFormatException e) {
      return false;
    }
  }

  private static boolean isHttpAddress(String value) {
    try {
      URI uri = new URI(value);
      return uri.getHost() != null
          && Set.of("http", "https").contains(String.valueOf(uri.getScheme()));
    } catch (URISyntaxException e) {
      return false;
    }
  }

  private static boolean isTime(String value) {
    return value.matches("\\d{1,9}(ms|s|m|h|d)?");
  }

  private static boolean isPort(String value) {
    return value.matches("\\d{1,5}") && Integer.parseInt(value) <= 65_535;
  }

  private static String property(String name) {
    return name.toLowerCase(Locale.ROOT).replace('_', '.');
  }
}
