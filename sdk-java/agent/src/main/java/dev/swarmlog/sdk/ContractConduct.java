package dev.swarmlog.sdk;

import dev.swarmlog.v1.BackoffConduct;
import dev.swarmlog.v1.Conduct;
import dev.swarmlog.v1.ConductProto;
import dev.swarmlog.v1.HandlerConduct;
import dev.swarmlog.v1.PublisherConduct;
import dev.swarmlog.v1.SessionConduct;
import java.time.Duration;

/**
 * What SDKs of every language do alike, as numbers: the option {@code conduct} of conduct.proto,
 * which says what each means. Nothing of it is repeated in this SDK.
 */
final class ContractConduct {

  /** The whole of it. */
  static final Conduct ALL = read();

  static final BackoffConduct BACKOFF = ALL.getBackoff();
  static final SessionConduct SESSION = ALL.getSession();
  static final HandlerConduct HANDLER = ALL.getHandler();
  static final PublisherConduct PUBLISHER = ALL.getPublisher();

  private ContractConduct() {}

  /** A time of the contract in nanoseconds. */
  static long nanos(int uint32Ms) {
    return duration(uint32Ms).toNanos();
  }

  /** A time of the contract. */
  static Duration duration(int uint32Ms) {
    return Duration.ofMillis(Integer.toUnsignedLong(uint32Ms));
  }

  private static Conduct read() {
    var options = ConductProto.getDescriptor().getOptions();
    if (!options.hasExtension(ConductProto.conduct)) {
      throw new IllegalStateException(
          "Expected conduct.proto to have the option conduct, but it does not; are there two versions of protobuf-java?");
    }
    return options.getExtension(ConductProto.conduct);
  }
}
