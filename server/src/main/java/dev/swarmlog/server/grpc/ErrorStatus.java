package dev.swarmlog.server.grpc;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.QuotaFailure;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import dev.swarmlog.server.Limits;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.storage.BelowHorizonException;
import dev.swarmlog.storage.StorageException;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.ErrorsProto;
import dev.swarmlog.v1.ReasonDetail;
import io.grpc.Metadata;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.protobuf.StatusProto;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one table from failures to statuses: a {@code google.rpc.Status} with one {@code ErrorInfo}
 * of domain {@value #DOMAIN}, a {@code RetryInfo} where a time to try again is known, a {@code
 * QuotaFailure} where a limit was used up, and at most {@link Limits#maxErrorBytes} bytes.
 *
 * <p>The gRPC code is the one that the contract annotates on the reason. May be called from any
 * thread.
 */
public final class ErrorStatus {

  /** Domain of every {@code ErrorInfo}. */
  public static final String DOMAIN = "swarmlog.dev";

  /** Metadata key of an unexpected failure: find it in the coordinator's log. */
  public static final String INCIDENT = "incident";

  private static final Logger LOG = LoggerFactory.getLogger(ErrorStatus.class);
  private static final String PREFIX = "ERROR_REASON_";

  /** Where {@link StatusProto} looks for it. */
  private static final Metadata.Key<Status> DETAILS =
      Metadata.Key.of(
          "grpc-status-details-bin", ProtoUtils.metadataMarshaller(Status.getDefaultInstance()));

  // The trailers hold the message twice, once percent-encoded, and the details in base64; clients
  // take 8 KiB of them.
  private static final int MAX_MESSAGE_BYTES = 1000;
  private static final int MAX_METADATA_BYTES = 150;
  private static final int MAX_METADATA_ENTRIES = 6;
  private static final int MAX_QUOTA_BYTES = 350;
  private static final int ELLIPSIS_BYTES = 3;
  private static final int INCIDENT_BYTES = 6;
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Map<ErrorReason, Code> CODES = codes();

  private ErrorStatus() {}

  /** The status of a refusal, for a frame. */
  public static Status of(Refusal refusal) {
    ErrorInfo.Builder info =
        ErrorInfo.newBuilder().setDomain(DOMAIN).setReason(name(refusal.reason()));
    refusal.metadata().entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .limit(MAX_METADATA_ENTRIES)
        .forEach(e -> info.putMetadata(e.getKey(), cut(e.getValue(), MAX_METADATA_BYTES)));
    Status.Builder status =
        Status.newBuilder()
            .setCode(code(refusal.reason()).getNumber())
            .setMessage(cut(refusal.message(), MAX_MESSAGE_BYTES))
            .addDetails(Any.pack(info.build()));
    java.time.Duration retryAfter = refusal.retryAfter();
    if (retryAfter != null) {
      Duration delay =
          Duration.newBuilder()
              .setSeconds(retryAfter.getSeconds())
              .setNanos(retryAfter.getNano())
              .build();
      status.addDetails(Any.pack(RetryInfo.newBuilder().setRetryDelay(delay).build()));
    }
    Refusal.Quota quota = refusal.quota();
    if (quota != null) {
      QuotaFailure.Violation violation =
          QuotaFailure.Violation.newBuilder()
              .setSubject(cut(quota.subject(), MAX_QUOTA_BYTES))
              .setDescription(cut(quota.description(), MAX_QUOTA_BYTES))
              .build();
      status.addDetails(Any.pack(QuotaFailure.newBuilder().addViolations(violation).build()));
    }
    return status.build();
  }

  /** The status of a refusal, to end a call with. */
  public static StatusRuntimeException exception(Refusal refusal) {
    Status status = of(refusal);
    Metadata trailers = new Metadata();
    trailers.put(DETAILS, status);
    return new Refused(
        io.grpc.Status.fromCodeValue(status.getCode()).withDescription(status.getMessage()),
        trailers);
  }

  /** Refusals are expected, and many where somebody storms: where from is nothing to pay for. */
  private static final class Refused extends StatusRuntimeException {
    private static final long serialVersionUID = 1;

    Refused(io.grpc.Status status, Metadata trailers) {
      super(status, trailers);
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
      return this;
    }
  }

  /**
   * The status of any failure, for a frame. What nobody expects is logged here, once, under an
   * incident number, and the client is told that number and nothing else.
   *
   * @param what was being done, for the log
   */
  public static Status of(Throwable failure, String what) {
    Throwable cause = unwrap(failure);
    if (cause instanceof StatusRuntimeException status) {
      Status known = StatusProto.fromThrowable(status);
      return known != null && known.getDetailsCount() > 0 ? known : incident(cause, what);
    }
    if (cause instanceof BelowHorizonException below) {
      return of(Refusal.of(below));
    }
    if (cause instanceof StorageException storage
        && storage.kind() == StorageException.Kind.DISK_FULL) {
      return of(
          Refusal.of(
              ErrorReason.ERROR_REASON_DISK_FULL,
              "Expected room for the operation, but the coordinator's disk is full"));
    }
    return incident(cause, what);
  }

  /** The status of any failure, to end a call with; see {@link #of(Throwable, String)}. */
  public static StatusRuntimeException exception(Throwable failure, String what) {
    Throwable cause = unwrap(failure);
    return cause instanceof StatusRuntimeException status
        ? status
        : StatusProto.toStatusRuntimeException(of(cause, what));
  }

  private static Status incident(Throwable cause, String what) {
    byte[] random = new byte[INCIDENT_BYTES];
    RANDOM.nextBytes(random);
    String incident = HexFormat.of().formatHex(random);
    LOG.error("Incident {}: {} failed unexpectedly", incident, what, cause);
    return of(
        Refusal.of(
            ErrorReason.ERROR_REASON_INTERNAL,
            "Expected to serve this, but something unexpected happened; the coordinator's log has it as incident "
                + incident,
            Map.of(INCIDENT, incident)));
  }

  private static Throwable unwrap(Throwable failure) {
    Throwable cause = failure;
    while ((cause instanceof CompletionException || cause instanceof ExecutionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause instanceof StatusException checked
        ? new StatusRuntimeException(checked.getStatus(), checked.getTrailers())
        : cause;
  }

  /** The reason as it appears in {@code ErrorInfo}: without the prefix of the enum. */
  static String name(ErrorReason reason) {
    return reason.name().substring(PREFIX.length());
  }

  private static Code code(ErrorReason reason) {
    return CODES.getOrDefault(reason, Code.INTERNAL);
  }

  private static Map<ErrorReason, Code> codes() {
    Map<ErrorReason, Code> codes = new EnumMap<>(ErrorReason.class);
    for (ErrorReason reason : ErrorReason.values()) {
      if (reason == ErrorReason.UNRECOGNIZED) {
        continue;
      }
      ReasonDetail detail =
          reason.getValueDescriptor().getOptions().getExtension(ErrorsProto.reason);
      codes.put(reason, detail.getCode() == Code.OK ? Code.INTERNAL : detail.getCode());
    }
    return codes;
  }

  /** Cuts at a character, so that the result has at most {@code maxBytes} bytes of UTF-8. */
  private static String cut(String text, int maxBytes) {
    if (text.getBytes(StandardCharsets.UTF_8).length <= maxBytes) {
      return text;
    }
    int bytes = ELLIPSIS_BYTES;
    int end = 0;
    while (end < text.length()) {
      int codePoint = text.codePointAt(end);
      bytes += codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
      if (bytes > maxBytes) {
        break;
      }
      end += Character.charCount(codePoint);
    }
    return text.substring(0, end) + "…";
  }
}
