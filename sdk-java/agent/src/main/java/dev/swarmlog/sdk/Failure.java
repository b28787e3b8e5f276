package dev.swarmlog.sdk;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.ErrorsProto;
import dev.swarmlog.v1.ReasonDetail;
import dev.swarmlog.v1.Retry;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.net.ConnectException;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An error status, read: the one place that knows which errors are worth another try.
 *
 * @param action what a person can do; empty if nobody said
 * @param retryAfter least time to wait, if the coordinator asked for one; above zero, at most a day
 */
record Failure(
    ErrorReason reason,
    Status.Code code,
    String message,
    String action,
    boolean retryable,
    Map<String, String> metadata,
    @Nullable Duration retryAfter,
    @Nullable Throwable cause) {

  private static final String PREFIX = "ERROR_REASON_";
  private static final String UNKNOWN_OUTCOME =
      "It had been sent: look in the log whether it was appended.";
  private static final Duration LONGEST_WAIT =
      ContractConduct.duration(ContractConduct.BACKOFF.getLongestToldMs());

  /**
   * Reads the end of a call.
   *
   * @param target the coordinator's address, for people to read
   */
  static Failure of(Throwable thrown, String target) {
    com.google.rpc.@Nullable Status detailed = StatusProto.fromThrowable(thrown);
    Status status = Status.fromThrowable(thrown);
    return detailed != null && detailed.getDetailsCount() > 0
        ? of(detailed, thrown)
        : plain(status.getCode(), describe(status, target), thrown);
  }

  /** Reads a status inside a frame. */
  static Failure of(com.google.rpc.Status status) {
    return of(status, null);
  }

  /** An error of the SDK's own, worth another try. */
  static Failure local(Status.Code code, String message) {
    return new Failure(
        ErrorReason.ERROR_REASON_UNSPECIFIED, code, message, "", true, Map.of(), null, null);
  }

  /** An error of the SDK's own that another try would meet again. */
  static Failure localTerminal(String message, @Nullable Throwable cause) {
    return new Failure(
        ErrorReason.ERROR_REASON_UNSPECIFIED,
        Status.Code.FAILED_PRECONDITION,
        message,
        "",
        false,
        Map.of(),
        null,
        cause);
  }

  /** What the coordinator would refuse for good, known before it is sent. */
  static Failure localRefusal(ErrorReason reason, Status.Code code, String message) {
    ReasonDetail known = reason.getValueDescriptor().getOptions().getExtension(ErrorsProto.reason);
    return new Failure(reason, code, message, known.getAction(), false, Map.of(), null, null);
  }

  /**
   * How long to wait, where the coordinator knows it because its answer is about this client alone;
   * null where it does not, or others may have got the same answer.
   */
  @Nullable Duration waitTold() {
    boolean aboutThisClient =
        reason == ErrorReason.ERROR_REASON_RATE_LIMITED
            || reason == ErrorReason.ERROR_REASON_BREAKER_OPEN;
    return aboutThisClient ? retryAfter : null;
  }

  SwarmlogException toException() {
    return retryable ? new RetryableException(this) : new TerminalException(this);
  }

  RetryableException toRetryable() {
    return new RetryableException(this);
  }

  TerminalException toTerminal() {
    return new TerminalException(this);
  }

  OutcomeUnknownException toOutcomeUnknown() {
    return new OutcomeUnknownException(
        new Failure(
            reason,
            code,
            sentences(message, UNKNOWN_OUTCOME),
            action,
            retryable,
            metadata,
            retryAfter,
            cause));
  }

  /** The reason, or the code where nobody said why. */
  String name() {
    return reason == ErrorReason.ERROR_REASON_UNSPECIFIED
        ? code.name()
        : reason.name().substring(PREFIX.length());
  }

  String describe() {
    return name() + ": " + (action.isEmpty() ? message : sentences(message, action));
  }

  private static String sentences(String first, String second) {
    return first.endsWith(".") ? first + " " + second : first + ". " + second;
  }

  private static Failure of(com.google.rpc.Status status, @Nullable Throwable cause) {
    ErrorReason reason = ErrorReason.ERROR_REASON_UNSPECIFIED;
    Map<String, String> metadata = Map.of();
    Duration retryAfter = null;
    try {
      for (Any detail : status.getDetailsList()) {
        if (detail.is(ErrorInfo.class)) {
          ErrorInfo info = detail.unpack(ErrorInfo.class);
          // Of another domain it is by something on the way, whose words mean something else.
          if (info.getDomain().equals(ContractConduct.ALL.getErrorDomain())) {
            reason = reasonNamed(info.getReason());
            metadata = info.getMetadataMap();
          }
        } else if (detail.is(RetryInfo.class)) {
          retryAfter = within(detail.unpack(RetryInfo.class).getRetryDelay());
        }
      }
    } catch (InvalidProtocolBufferException e) {
      // A detail that does not parse says nothing; code and message remain.
      reason = ErrorReason.ERROR_REASON_UNSPECIFIED;
    }
    Status.Code code = Status.fromCodeValue(status.getCode()).getCode();
    if (reason == ErrorReason.ERROR_REASON_UNSPECIFIED) {
      return new Failure(
          reason, code, status.getMessage(), "", isRetryable(code), metadata, retryAfter, cause);
    }
    ReasonDetail detail = reason.getValueDescriptor().getOptions().getExtension(ErrorsProto.reason);
    return new Failure(
        reason,
        code,
        status.getMessage(),
        detail.getAction(),
        detail.getRetry() == Retry.RETRY_BACKOFF,
        metadata,
        retryAfter,
        cause);
  }

  /** Null where it asks for nothing; more than a day nobody means. */
  private static @Nullable Duration within(com.google.protobuf.Duration delay) {
    if (delay.getSeconds() >= LONGEST_WAIT.toSeconds()) {
      return LONGEST_WAIT;
    }
    long ns = TimeUnit.SECONDS.toNanos(Math.max(0, delay.getSeconds())) + delay.getNanos();
    return delay.getSeconds() >= 0 && ns > 0 ? Duration.ofNanos(ns) : null;
  }

  private static Failure plain(Status.Code code, String message, Throwable cause) {
    return new Failure(
        ErrorReason.ERROR_REASON_UNSPECIFIED,
        code,
        message,
        "",
        isRetryable(code),
        Map.of(),
        null,
        cause);
  }

  /** The last of the causes; null if there is none. */
  static @Nullable Throwable rootCause(@Nullable Throwable thrown) {
    Throwable root = thrown;
    while (root != null && root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }

  /** Who cannot reach the coordinator wants to know where it was looked for, and what is wrong. */
  private static String describe(Status status, String target) {
    String description = status.getDescription();
    Throwable root = rootCause(status.getCause());
    if (description == null && root == null) {
      return "the call ended without a message";
    }
    if (status.getCode() == Status.Code.UNAVAILABLE) {
      return "Expected to reach the coordinator at %s, but got: %s"
          .formatted(target, root == null ? description : causes(description, root));
    }
    return description != null ? description : String.valueOf(root);
  }

  /** "io exception", as gRPC says, adds nothing to its cause. */
  private static String causes(@Nullable String description, Throwable root) {
    String cause =
        root instanceof ConnectException && root.getMessage() != null
            ? root.getMessage()
            : root.getClass().getSimpleName()
                + (root.getMessage() == null ? "" : ": " + root.getMessage());
    return description == null || description.equals("io exception")
        ? cause
        : description + ": " + cause;
  }

  private static ErrorReason reasonNamed(String name) {
    try {
      return ErrorReason.valueOf(PREFIX + name.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      // A newer coordinator may have reasons this SDK does not know: the code decides then.
      return ErrorReason.ERROR_REASON_UNSPECIFIED;
    }
  }

  /** For errors without a reason: those of gRPC itself and of proxies on the way. */
  private static boolean isRetryable(Status.Code code) {
    return switch (code) {
      case UNAVAILABLE,
          DEADLINE_EXCEEDED,
          RESOURCE_EXHAUSTED,
          ABORTED,
          INTERNAL,
          UNKNOWN,
          CANCELLED ->
          true;
      default -> false;
    };
  }
}
