package dev.swarmlog.sdk;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.ScopeSums;
import java.util.HexFormat;

/** Compares what a {@link ScopeLedger} holds with the sums of a receipt. */
final class ReceiptCheck {
  private ReceiptCheck() {}

  /** Events cannot be fetched again: whatever was counted, the coordinator's sums go on. */
  static void check(ScopeLedger ledger, ScopeSums expected, StepDraft draft) {
    ScopeSums ours = ledger.sums();
    if (ledger.keysKnown() && !orZero(expected.getStateDigest()).equals(ours.getStateDigest())) {
      draft.stateDiffers = true;
      draft.mismatches.add(
          "%s: Expected the keyed state to have the digest %s, but it has %s"
              .formatted(
                  Scopes.describe(ledger.scope()),
                  hex(orZero(expected.getStateDigest())),
                  hex(ours.getStateDigest())));
    }
    ByteString eventHash = orZero(expected.getEventHash());
    if (ledger.eventsKnown()
        && (ours.getEventCount() != expected.getEventCount()
            || !ours.getEventHash().equals(eventHash))) {
      draft.mismatches.add(
          "%s: Expected %d events with the hash %s, but there were %d with %s"
              .formatted(
                  Scopes.describe(ledger.scope()),
                  expected.getEventCount(),
                  hex(eventHash),
                  ours.getEventCount(),
                  hex(ours.getEventHash())));
    }
    ledger.takeEvents(expected.getEventCount(), eventHash);
  }

  private static ByteString orZero(ByteString sum) {
    return sum.isEmpty() ? StateDigests.ZERO : sum;
  }

  private static String hex(ByteString bytes) {
    return HexFormat.of().formatHex(bytes.toByteArray());
  }
}
