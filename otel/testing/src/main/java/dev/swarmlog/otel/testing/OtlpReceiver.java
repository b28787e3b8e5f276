package dev.swarmlog.otel.testing;

import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceResponse;
import io.opentelemetry.proto.collector.logs.v1.LogsServiceGrpc;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceResponse;
import io.opentelemetry.proto.collector.metrics.v1.MetricsServiceGrpc;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import io.opentelemetry.proto.collector.trace.v1.TraceServiceGrpc;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.metrics.v1.Metric;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * An OTLP receiver over gRPC, on a port of loopback. Keeps whatever it is sent, in the order in
 * which it came.
 *
 * <p>May be asked by any thread; answers hold what came so far, so a test awaits what it expects.
 */
public final class OtlpReceiver implements AutoCloseable {

  /** What can be sent. */
  public enum Signal {
    TRACES,
    METRICS,
    LOGS
  }

  private final List<ExportTraceServiceRequest> traces = new CopyOnWriteArrayList<>();
  private final List<ExportMetricsServiceRequest> metrics = new CopyOnWriteArrayList<>();
  private final List<ExportLogsServiceRequest> logs = new CopyOnWriteArrayList<>();
  private final List<Metadata> headers = new CopyOnWriteArrayList<>();
  private final Server server;

  private OtlpReceiver(int port, Set<Signal> signals) throws IOException {
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
            .intercept(new Headers());
    if (signals.contains(Signal.TRACES)) {
      builder.addService(new TraceService());
    }
    if (signals.contains(Signal.METRICS)) {
      builder.addService(new MetricsService());
    }
    if (signals.contains(Signal.LOGS)) {
      builder.addService(new LogsService());
    }
    this.server = builder.build().start();
  }

  /** One that takes everything, on a free port. */
  public static OtlpReceiver start() throws IOException {
    return on(0);
  }

  /** One that takes everything, on a port that was free a moment ago. */
  public static OtlpReceiver on(int port) throws IOException {
    return new OtlpReceiver(port, EnumSet.allOf(Signal.class));
  }

  /** One that takes only some signals, as Jaeger does; the others are unimplemented. */
  public static OtlpReceiver of(Signal first, Signal... others) throws IOException {
    return new OtlpReceiver(0, EnumSet.of(first, others));
  }

  public int port() {
    return server.getPort();
  }

  /** For {@code OTEL_EXPORTER_OTLP_ENDPOINT}. */
  public String endpoint() {
    return "http://localhost:" + port();
  }

  /** All spans so far, of all processes. */
  public Traces traces() {
    return Traces.of(traces.stream().flatMap(request -> request.getResourceSpansList().stream()));
  }

  /** All metrics so far, the newest last; a name comes once with each request. */
  public List<Metric> metrics() {
    return metrics.stream()
        .flatMap(request -> request.getResourceMetricsList().stream())
        .flatMap(resource -> resource.getScopeMetricsList().stream())
        .flatMap(scope -> scope.getMetricsList().stream())
        .toList();
  }

  /** All log records so far. */
  public List<LogRecord> logs() {
    return logs.stream()
        .flatMap(request -> request.getResourceLogsList().stream())
        .flatMap(resource -> resource.getScopeLogsList().stream())
        .flatMap(scope -> scope.getLogRecordsList().stream())
        .toList();
  }

  /** The attributes of the process that sent something, of all requests, as {@code key=value}. */
  public Set<String> resourceAttributes() {
    return Stream.of(
            traces.stream()
                .flatMap(request -> request.getResourceSpansList().stream())
                .map(resource -> resource.getResource()),
            metrics.stream()
                .flatMap(request -> request.getResourceMetricsList().stream())
                .map(resource -> resource.getResource()),
            logs.stream()
                .flatMap(request -> request.getResourceLogsList().stream())
                .map(resource -> resource.getResource()))
        .flatMap(resources -> resources)
        .flatMap(resource -> resource.getAttributesList().stream())
        .map(attribute -> attribute.getKey() + "=" + attribute.getValue().getStringValue())
        .collect(Collectors.toUnmodifiableSet());
  }

  /** The values of a header, of all requests. */
  public List<String> header(String name) {
    Metadata.Key<String> key = Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
    return headers.stream()
        .filter(metadata -> metadata.containsKey(key))
        .map(metadata -> String.valueOf(metadata.get(key)))
        .toList();
  }

  /** At once, as a collector that crashes. */
  @Override
  public void close() {
    server.shutdownNow();
    try {
      server.awaitTermination();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private final class Headers implements ServerInterceptor {
    @Override
    public <R, A> ServerCall.Listener<R> interceptCall(
        ServerCall<R, A> call, Metadata metadata, ServerCallHandler<R, A> next) {
      headers.add(metadata);
      return next.startCall(call, metadata);
    }
  }

  private final class TraceService extends TraceServiceGrpc.TraceServiceImplBase {
    @Override
    public void export(
        ExportTraceServiceRequest request, StreamObserver<ExportTraceServiceResponse> answer) {
      traces.add(request);
      answer.onNext(ExportTraceServiceResponse.getDefaultInstance());
      answer.onCompleted();
    }
  }

  private final class MetricsService extends MetricsServiceGrpc.MetricsServiceImplBase {
    @Override
    public void export(
        ExportMetricsServiceRequest request, StreamObserver<ExportMetricsServiceResponse> answer) {
      metrics.add(request);
      answer.onNext(ExportMetricsServiceResponse.getDefaultInstance());
      answer.onCompleted();
    }
  }

  private final class LogsService extends LogsServiceGrpc.LogsServiceImplBase {
    @Override
    public void export(
        ExportLogsServiceRequest request, StreamObserver<ExportLogsServiceResponse> answer) {
      logs.add(request);
      answer.onNext(ExportLogsServiceResponse.getDefaultInstance());
      answer.onCompleted();
    }
  }
}
