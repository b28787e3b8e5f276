package dev.swarmlog.otel.export;

import com.sun.net.httpserver.HttpHandler;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdkBuilder;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.metrics.SdkMeterProviderBuilder;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProviderBuilder;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import java.net.BindException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Where metrics, traces and logs of a coordinator go, by OpenTelemetry's standard variables.
 *
 * <p>What waits to be sent is bounded, and dropped when the bound is reached: nothing here blocks
 * who tells something. May be used by any thread.
 */
public final class Export implements AutoCloseable {

  private static final org.slf4j.Logger LOG = LoggerFactory.getLogger(Export.class);

  /** What stopping may take. A collector that is absent shall not keep a process from its end. */
  static final Duration MAX_TIME_TO_CLOSE = Duration.ofSeconds(3);

  private static final Duration TRACE_FILE_DELAY = Duration.ofMillis(500);
  private static final int TRACE_FILE_QUEUE = 8_192;
  private static final AttributeKey<String> SERVICE_NAME = AttributeKey.stringKey("service.name");

  /**
   * What says of a failure, again and again, what {@link ExportWatch} says better. Kept, as the JDK
   * forgets the levels of loggers that nobody holds.
   */
  private static final List<Logger> TALKATIVE =
      Stream.of(
              "io.opentelemetry.exporter.otlp",
              "io.opentelemetry.sdk.metrics.export.PeriodicMetricReader",
              "io.opentelemetry.sdk.autoconfigure")
          .map(Logger::getLogger)
          .toList();

  private final OpenTelemetry openTelemetry;
  private final List<String> destinations;
  private final boolean logs;
  private final @Nullable PrometheusPage prometheus;
  private final @Nullable OpenTelemetrySdk sdk;
  private final @Nullable JvmMetrics jvm;

  private Export(
      OpenTelemetry openTelemetry,
      List<String> destinations,
      boolean logs,
      @Nullable PrometheusPage prometheus,
      @Nullable OpenTelemetrySdk sdk,
      @Nullable JvmMetrics jvm) {
    this.openTelemetry = openTelemetry;
    this.destinations = List.copyOf(destinations);
    this.logs = logs;
    this.prometheus = prometheus;
    this.sdk = sdk;
    this.jvm = jvm;
  }

  /**
   * Opens all destinations that are asked for. None of them need be reachable.
   *
   * @throws ExportException if an option or a variable is wrong; nothing is left open then
   */
  public static Export open(ExportOptions options) throws ExportException {
    StandardVariables variables = StandardVariables.of(options.environment());
    variables
        .unknown()
        .forEach(
            name ->
                LOG.warn(
                    "{} is no variable of OpenTelemetry, and is not heeded; is it misspelt?",
                    name));
    if (variables.disabled()) {
      requireNoTraceFile(options);
      return nowhere();
    }
    Optional<TraceFile> traceFile = Optional.empty();
    if (options.traceFile().isPresent()) {
      traceFile =
          Optional.of(
              TraceFile.open(options.traceFile().get(), TraceFile.MAX_BYTES, TraceFile::append));
    }
    boolean traces = traceFile.isPresent() || variables.exports("TRACES");
    boolean metrics = options.prometheus() || variables.exports("METRICS");
    boolean logs = variables.exports("LOGS");
    if (!traces && !metrics && !logs) {
      return nowhere();
    }
    TALKATIVE.forEach(logger -> logger.setLevel(Level.OFF));
    PrometheusPage prometheus = options.prometheus() ? new PrometheusPage() : null;
    OpenTelemetrySdk sdk = sdk(options, variables, traceFile, prometheus);
    OpenTelemetry reached = new PartlyOff(sdk, traces, metrics, logs);
    return new Export(
        reached,
        destinations(options, variables),
        logs,
        prometheus,
        sdk,
        metrics ? JvmMetrics.start(reached) : null);
  }

  private static Export nowhere() {
    return new Export(OpenTelemetry.noop(), List.of(), false, null, null, null);
  }

  private static void requireNoTraceFile(ExportOptions options) throws ExportException {
    if (options.traceFile().isPresent()) {
      throw new ExportException(
          "Expected OTEL_SDK_DISABLED not to be set with a trace file, but it is true: unset it, or name no trace file.");
    }
  }

  private static OpenTelemetrySdk sdk(
      ExportOptions options,
      StandardVariables variables,
      Optional<TraceFile> traceFile,
      @Nullable PrometheusPage prometheus)
      throws ExportException {
    Map<String, String> properties = variables.properties();
    AutoConfiguredOpenTelemetrySdkBuilder builder =
        AutoConfiguredOpenTelemetrySdk.builder()
            .disableShutdownHook()
            .addPropertiesCustomizer(config -> properties)
            .addResourceCustomizer((resource, config) -> ours(options).merge(named(resource)))
            .addSamplerCustomizer((sampler, config) -> new LinkedSampler(sampler))
            .addMeterProviderCustomizer((provider, config) -> meters(provider, prometheus))
            .addSpanExporterCustomizer(
                (exporter, config) ->
                    new WatchedSpans(exporter, watch("Traces", "TRACES", variables)))
            .addLogRecordExporterCustomizer(
                (exporter, config) -> new WatchedLogs(exporter, watch("Logs", "LOGS", variables)))
            .addMetricExporterCustomizer(
                (exporter, config) ->
                    new WatchedMetrics(exporter, watch("Metrics", "METRICS", variables)));
    traceFile.ifPresent(
        file ->
            builder.addTracerProviderCustomizer(
                (provider, config) -> write(provider, file, options)));
    try {
      return builder.build().getOpenTelemetrySdk();
    } catch (RuntimeException e) {
      traceFile.ifPresent(TraceFile::shutdown);
      if (root(e) instanceof BindException) {
        throw new ExportException(
            "Expected OTEL_EXPORTER_PROMETHEUS_PORT to be a port that is free, but at %s %s: %s"
                .formatted(
                    properties.get("otel.exporter.prometheus.host"),
                    properties.getOrDefault("otel.exporter.prometheus.port", "9464"),
                    rootMessage(e)),
            e);
      }
      throw new ExportException(
          "Expected the OTEL_* variables to be what OpenTelemetry understands, but: "
              + rootMessage(e),
          e);
    }
  }

  private static ExportWatch watch(String what, String signal, StandardVariables variables) {
    return new ExportWatch(what, variables.destination(signal), System::nanoTime);
  }

  private static SdkMeterProviderBuilder meters(
      SdkMeterProviderBuilder provider, @Nullable PrometheusPage prometheus) {
    if (prometheus != null) {
      provider.registerMetricReader(prometheus.reader());
    }
    return MetricViews.register(provider);
  }

  private static SdkTracerProviderBuilder write(
      SdkTracerProviderBuilder provider, TraceFile file, ExportOptions options) {
    ExportWatch watch =
        new ExportWatch("Traces", options.traceFile().orElseThrow().toString(), System::nanoTime);
    return provider.addSpanProcessor(
        BatchSpanProcessor.builder(new WatchedSpans(file, watch))
            .setScheduleDelay(TRACE_FILE_DELAY)
            .setMaxQueueSize(TRACE_FILE_QUEUE)
            .build());
  }

  private static Resource ours(ExportOptions options) {
    return Resource.builder()
        .put("service.name", "swarmlog")
        .put("service.version", options.serviceVersion())
        .put("service.instance.id", UUID.randomUUID().toString())
        .build();
  }

  /** Without the name the SDK makes up when nobody gives one. */
  private static Resource named(Resource resource) {
    String name = resource.getAttribute(SERVICE_NAME);
    return name != null && name.startsWith("unknown_service")
        ? resource.toBuilder().removeIf(key -> key.equals(SERVICE_NAME)).build()
        : resource;
  }

  private static List<String> destinations(ExportOptions options, StandardVariables variables) {
    List<String> lines = new ArrayList<>();
    for (String signal : List.of("traces", "metrics", "logs")) {
      String name = signal.toUpperCase(Locale.ROOT);
      if (variables.exports(name)) {
        lines.add(signal + " to " + variables.destination(name));
      }
    }
    options.traceFile().ifPresent(file -> lines.add("traces to " + file));
    return lines;
  }

  private static String rootMessage(Throwable thrown) {
    return ExportWatch.reason(root(thrown));
  }

  private static Throwable root(Throwable thrown) {
    Throwable cause = thrown;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }

  /** For whoever has something to tell; the API's own nothing if nothing goes anywhere. */
  public OpenTelemetry openTelemetry() {
    return openTelemetry;
  }

  /** Where things go, one line each, for a log; nothing of a Prometheus that asks. */
  public List<String> destinations() {
    return destinations;
  }

  /** Whether anybody wants the log. */
  public boolean logs() {
    return logs;
  }

  /** What answers a Prometheus, to be mounted at {@code /metrics}; empty if it is switched off. */
  public Optional<HttpHandler> prometheus() {
    return Optional.ofNullable(prometheus).map(PrometheusPage::handler);
  }

  /** Sends what waits, for {@link #MAX_TIME_TO_CLOSE} at most. */
  @Override
  public void close() {
    if (sdk != null) {
      CompletableResultCode sent = new CompletableResultCode();
      // Some of the SDK's parts wait for the collector before they say how it went.
      Thread sending = new Thread(() -> sdk.shutdown().whenComplete(sent::succeed), "export-end");
      sending.setDaemon(true);
      sending.start();
      sent.join(MAX_TIME_TO_CLOSE.toMillis(), TimeUnit.MILLISECONDS);
    }
    if (jvm != null) {
      jvm.close();
    }
  }
}
