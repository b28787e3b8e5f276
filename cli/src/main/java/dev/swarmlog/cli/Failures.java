package dev.swarmlog.cli;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import dev.swarmlog.console.PortTakenException;
import dev.swarmlog.otel.export.ExportException;
import dev.swarmlog.sdk.OutcomeUnknownException;
import dev.swarmlog.sdk.SwarmlogException;
import dev.swarmlog.sdk.TerminalException;
import dev.swarmlog.server.StartupException;
import dev.swarmlog.server.configuration.ConfigurationException;
import dev.swarmlog.storage.StorageException;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.ErrorsProto;
import dev.swarmlog.v1.ReasonDetail;
import io.grpc.Status;
import java.io.IOException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * The one table from what can be thrown to what the user is told and which exit code the process
 * ends with.
 */
final class Failures {

  private static final String REASON_PREFIX = "ERROR_REASON_";
  private static final String DAMAGED_ACTION =
      "`swarmlog verify DIR` says what is lost, `swarmlog repair DIR` goes on without it.";

  private Failures() {}

  /** The failure behind an exception, in words for a user. */
  static CommandFailure explain(Throwable thrown) {
    if (thrown instanceof CommandFailure failure) {
      return failure;
    }
    if ((thrown instanceof CompletionException || thrown instanceof ExecutionException)
        && thrown.getCause() != null) {
      return explain(thrown.getCause());
    }
    if (thrown instanceof SwarmlogException refused) {
      return ofCoordinator(refused, "its address");
    }
    if (thrown instanceof StartupException startup) {
      return new CommandFailure(
          exitCode(startup.kind()),
          message(startup),
          startup.kind().name(),
          actionOf(startup.kind()),
          startup);
    }
    if (thrown instanceof ConfigurationException configuration) {
      return new CommandFailure(
          ExitCode.INVALID_CONFIGURATION,
          message(configuration),
          null,
          "`swarmlog serve --help` lists the settings.",
          configuration);
    }
    if (thrown instanceof PortTakenException taken) {
      return new CommandFailure(
          ExitCode.PORT_IN_USE,
          message(taken),
          StartupException.Kind.PORT_IN_USE.name(),
          "`swarmlog serve --console-port 0` takes a free one, `--console false` shows no console.",
          taken);
    }
    if (thrown instanceof ExportException export) {
      return new CommandFailure(
          ExitCode.INVALID_CONFIGURATION,
          message(export),
          null,
          "docs/observability.md says what can be exported and where to; nothing has to be.",
          export);
    }
    if (thrown instanceof StorageException storage) {
      return new CommandFailure(
          exitCode(storage.kind()),
          message(storage),
          storage.kind().name(),
          storage.kind() == StorageException.Kind.DAMAGED ? DAMAGED_ACTION : null,
          storage);
    }
    if (thrown instanceof IOException io) {
      return new CommandFailure(
          ExitCode.FAILURE,
          "Expected to read and write, but " + io.getClass().getSimpleName() + ": " + message(io),
          null,
          null,
          io);
    }
    return new CommandFailure(
        ExitCode.FAILURE,
        "Expected the command to succeed, but "
            + thrown.getClass().getSimpleName()
            + ": "
            + message(thrown),
        null,
        "Run it again with --debug to see where, and report it if it is not yours to mend.",
        thrown);
  }

  /** What a coordinator refused, or that none is there. */
  static CommandFailure ofCoordinator(SwarmlogException thrown, String server) {
    if (thrown instanceof OutcomeUnknownException) {
      return ofUnknownOutcome(thrown);
    }
    if (thrown.reason() == ErrorReason.ERROR_REASON_UNSPECIFIED) {
      return withoutReason(thrown, server);
    }
    String reason = thrown.reason().name().substring(REASON_PREFIX.length());
    CommandFailure failure =
        new CommandFailure(
            exitCode(thrown.reason(), thrown.code()),
            bare(thrown, reason),
            reason,
            thrown.action(),
            thrown);
    failure.details().putAll(thrown.metadata());
    thrown
        .retryAfter()
        .ifPresent(after -> failure.details().put("retryAfter", DurationText.print(after)));
    return failure;
  }

  /** What was refused last says less than that it may have been appended before. */
  private static CommandFailure ofUnknownOutcome(SwarmlogException thrown) {
    boolean known = thrown.reason() != ErrorReason.ERROR_REASON_UNSPECIFIED;
    String reason =
        known ? thrown.reason().name().substring(REASON_PREFIX.length()) : thrown.code().name();
    CommandFailure failure =
        new CommandFailure(
            ExitCode.OUTCOME_UNKNOWN,
            bare(thrown, reason),
            known ? reason : null,
            "Look with `swarmlog tail SWARM`. Published again it may be there twice, unless both have the same"
                + " --idempotency-key.",
            thrown);
    failure.details().putAll(thrown.metadata());
    return failure;
  }

  /**
   * A stream that ended before its last frame.
   *
   * @param thrown why; null if the coordinator ended it as if it were complete
   * @param missing what should have come last, such as "the receipt"
   * @param count how many things came
   * @param what they are, such as "operations"
   */
  static CommandFailure cutOff(
      @Nullable SwarmlogException thrown, String missing, long count, String what, String action) {
    String reason =
        thrown == null || thrown.reason() == ErrorReason.ERROR_REASON_UNSPECIFIED
            ? null
            : thrown.reason().name().substring(REASON_PREFIX.length());
    CommandFailure failure =
        new CommandFailure(
            ExitCode.UNAVAILABLE,
            "Expected an answer that ends with %s, but %s after %,d %s: what is shown is incomplete."
                .formatted(missing, ending(thrown), count, what),
            reason,
            action,
            thrown);
    if (thrown != null) {
      failure.details().putAll(thrown.metadata());
    }
    return failure;
  }

  private static String ending(@Nullable SwarmlogException thrown) {
    if (thrown == null) {
      return "the answer ended";
    }
    if (thrown.code() == Status.Code.DEADLINE_EXCEEDED) {
      return "nothing more came in time";
    }
    return switch (thrown.reason()) {
      case ERROR_REASON_UNSPECIFIED -> "the connection was lost";
      case ERROR_REASON_BELOW_HORIZON -> "the log was compacted under it";
      case ERROR_REASON_INTERNAL -> "something unexpected happened in the coordinator";
      default -> "the coordinator ended it";
    };
  }

  /** A status inside a frame. */
  static CommandFailure ofStatus(com.google.rpc.Status status) {
    Status.Code code = Status.fromCodeValue(status.getCode()).getCode();
    for (Any detail : status.getDetailsList()) {
      if (detail.is(ErrorInfo.class)) {
        try {
          ErrorInfo info = detail.unpack(ErrorInfo.class);
          ErrorReason reason = ErrorReason.valueOf(REASON_PREFIX + info.getReason());
          ReasonDetail known =
              reason.getValueDescriptor().getOptions().getExtension(ErrorsProto.reason);
          CommandFailure failure =
              new CommandFailure(
                  exitCode(reason, code),
                  status.getMessage(),
                  info.getReason(),
                  known.getAction(),
                  null);
          failure.details().putAll(info.getMetadataMap());
          return failure;
        } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
          // Of a newer coordinator: code and message remain.
          break;
        }
      }
    }
    return new CommandFailure(ExitCode.REFUSED, status.getMessage(), code.name(), null, null);
  }

  /** gRPC's own errors, and those of whatever else may listen there. */
  private static CommandFailure withoutReason(SwarmlogException thrown, String server) {
    // Netty puts its own names before what the operating system says.
    String found = rootMessage(thrown).replaceFirst("^.* failed with error\\(-?\\d+\\): ", "");
    return switch (thrown.code()) {
      case UNAVAILABLE ->
          new CommandFailure(
              ExitCode.UNAVAILABLE,
              "Expected a coordinator at " + server + ", but could not connect: " + found,
              null,
              "Start one with `"
                  + serveAt(server)
                  + "`, or say where it is with --server HOST:PORT. One with TLS needs"
                  + " --tls-ca, one without needs --plaintext if it is not on this machine.",
              thrown);
      case DEADLINE_EXCEEDED ->
          new CommandFailure(
              ExitCode.UNAVAILABLE,
              "Expected an answer from " + server + " in time, but got none.",
              null,
              "Try again, with a longer --timeout if the coordinator is busy.",
              thrown);
      case UNIMPLEMENTED ->
          new CommandFailure(
              ExitCode.REFUSED,
              "Expected a coordinator at " + server + " that knows this request, but: " + found,
              null,
              "Compare `swarmlog version` with `"
                  + CommandHint.at(server, "swarmlog status")
                  + "`.",
              thrown);
      default ->
          new CommandFailure(
              thrown instanceof TerminalException ? ExitCode.REFUSED : ExitCode.UNAVAILABLE,
              "Expected an answer from " + server + ", but " + thrown.code() + ": " + found,
              null,
              null,
              thrown);
    };
  }

  /** The coordinator that would have been found. */
  private static String serveAt(String server) {
    int colon = server.lastIndexOf(':');
    return colon < 0 || CommandHint.USUAL_SERVER.endsWith(server.substring(colon))
        ? "swarmlog serve"
        : "swarmlog serve --port " + server.substring(colon + 1);
  }

  private static ExitCode exitCode(ErrorReason reason, Status.Code code) {
    if (reason == ErrorReason.ERROR_REASON_DISK_FULL) {
      return ExitCode.DISK_FULL;
    }
    if (reason == ErrorReason.ERROR_REASON_AGENT_NOT_CONNECTED) {
      return ExitCode.NOT_FOUND;
    }
    return switch (code) {
      case NOT_FOUND -> ExitCode.NOT_FOUND;
      case UNAVAILABLE, RESOURCE_EXHAUSTED, DEADLINE_EXCEEDED -> ExitCode.UNAVAILABLE;
      case UNAUTHENTICATED, PERMISSION_DENIED -> ExitCode.NOT_PERMITTED;
      case DATA_LOSS -> ExitCode.DATA_LOSS;
      case INTERNAL, UNKNOWN -> ExitCode.FAILURE;
      default -> ExitCode.REFUSED;
    };
  }

  private static @Nullable String actionOf(StartupException.Kind kind) {
    return switch (kind) {
      case PORT_IN_USE ->
          "With `swarmlog serve --port PORT`, the other commands need --server localhost:PORT.";
      case STORE_DAMAGED -> DAMAGED_ACTION;
      default -> null;
    };
  }

  private static ExitCode exitCode(StartupException.Kind kind) {
    return switch (kind) {
      case CONFIGURATION, TLS -> ExitCode.INVALID_CONFIGURATION;
      case PORT_IN_USE, ADDRESS_UNAVAILABLE -> ExitCode.PORT_IN_USE;
      case STORE_LOCKED -> ExitCode.DATA_LOCKED;
      case STORE_READ_ONLY -> ExitCode.DATA_READ_ONLY;
      case STORE_FOREIGN -> ExitCode.DATA_FOREIGN;
      case STORE_NEWER_FORMAT -> ExitCode.DATA_NEWER;
      case STORE_DAMAGED -> ExitCode.DATA_DAMAGED;
      case STORE_DISK_FULL -> ExitCode.DISK_FULL;
      case STORE_IO -> ExitCode.FAILURE;
    };
  }

  private static ExitCode exitCode(StorageException.Kind kind) {
    return switch (kind) {
      case LOCKED -> ExitCode.DATA_LOCKED;
      case READ_ONLY -> ExitCode.DATA_READ_ONLY;
      case FOREIGN -> ExitCode.DATA_FOREIGN;
      case NEWER_FORMAT -> ExitCode.DATA_NEWER;
      case DAMAGED, BEYOND_REPAIR -> ExitCode.DATA_DAMAGED;
      case DISK_FULL -> ExitCode.DISK_FULL;
      case IO -> ExitCode.FAILURE;
    };
  }

  /** The SDK's message is "REASON: message action"; the parts are shown on lines of their own. */
  private static String bare(SwarmlogException thrown, String reason) {
    String text = message(thrown);
    if (text.startsWith(reason + ": ")) {
      text = text.substring(reason.length() + 2);
    }
    if (!thrown.action().isEmpty() && text.endsWith(thrown.action())) {
      text = text.substring(0, text.length() - thrown.action().length()).strip();
    }
    return text.isEmpty() ? reason : text;
  }

  private static String rootMessage(Throwable thrown) {
    Throwable root = thrown;
    @Nullable Throwable cause = thrown.getCause();
    while (cause != null) {
      root = cause;
      cause = cause.getCause();
    }
    return message(root);
  }

  private static String message(Throwable thrown) {
    String message = thrown.getMessage();
    return message == null || message.isBlank()
        ? thrown.getClass().getSimpleName() + " without a message"
        : message;
  }
}
