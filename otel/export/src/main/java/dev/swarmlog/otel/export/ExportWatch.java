package dev.swarmlog.otel.export;

import io.opentelemetry.exporter.internal.FailedExportException.GrpcExportException;
import io.opentelemetry.exporter.internal.FailedExportException.HttpExportException;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.GrpcStatusCode;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says once that what should be exported is lost, then again each hour while it is, and when it
 * arrives again. A collector is often absent, and what it misses is no reason to fill the log.
 *
 * <p>May be called by any thread.
 */
final class ExportWatch {

  static final Duration SAID_AGAIN_AFTER = Duration.ofHours(1);

  private static final Logger LOG = LoggerFactory.getLogger(ExportWatch.class);

  private final String what;
  private final String destination;
  private final LongSupplier nowNs;

  /** Guarded by this, as all that follows. */
  private boolean failing;

  private long lost;
  private long saidNs;

  /**
   * Watches one signal.
   *
   * @param what is exported, such as "Traces"
   * @param destination for a person
   * @param nowNs a monotonic clock
   */
  ExportWatch(String what, String destination, LongSupplier nowNs) {
    this.what = what;
    this.destination = destination;
    this.nowNs = nowNs;
  }

  /** Looks at the outcome of an export when it is known. */
  CompletableResultCode watch(int count, CompletableResultCode result) {
    return result.whenComplete(
        () -> {
          if (result.isSuccess()) {
            arrived();
          } else {
            lost(count, result.getFailureThrowable());
          }
        });
  }

  private synchronized void arrived() {
    if (failing) {
      failing = false;
      LOG.info("{} arrive again at {}; {} were lost meanwhile", what, destination, lost);
      lost = 0;
    }
  }

  private synchronized void lost(int count, @Nullable Throwable cause) {
    lost += count;
    long now = nowNs.getAsLong();
    if (!failing) {
      failing = true;
      saidNs = now;
      LOG.warn(
          "{} should be exported to {}, but {}; they are lost until it works, which is said then",
          what,
          destination,
          reason(cause));
    } else if (now - saidNs >= SAID_AGAIN_AFTER.toNanos()) {
      saidNs = now;
      LOG.warn(
          "{} still cannot be exported to {}, as {}; {} were lost",
          what,
          destination,
          reason(cause),
          lost);
    }
  }

  static String reason(@Nullable Throwable cause) {
    if (cause instanceof GrpcExportException grpc) {
      return grpc.failedWithResponse()
          ? ofGrpc(grpc.getResponse().getStatusCode(), grpc.getResponse().getStatusDescription())
          : reason(grpc.getCause());
    }
    if (cause instanceof HttpExportException http) {
      return http.failedWithResponse()
          ? "it answers HTTP " + http.getResponse().getStatusCode()
          : reason(http.getCause());
    }
    if (cause == null) {
      return "it did not answer in time";
    }
    return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
  }

  private static String ofGrpc(GrpcStatusCode code, String description) {
    return code == GrpcStatusCode.UNIMPLEMENTED
        ? "it does not take them (UNIMPLEMENTED): OTEL_TRACES_EXPORTER, OTEL_METRICS_EXPORTER or"
            + " OTEL_LOGS_EXPORTER set to none keeps them from being sent"
        : "it answers " + code + (description.isEmpty() ? "" : ": " + description);
  }
}
