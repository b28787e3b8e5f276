package dev.swarmlog.conformance.cases;

import dev.swarmlog.conformance.log.Notation;
import dev.swarmlog.conformance.v1.AgentEvent;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.SnapshotPage;

/** What was sent and told, in a line. */
final class Frames {
  private Frames() {}

  static String text(DataResponse frame) {
    return switch (frame.getFrameCase()) {
      case DELIVERY ->
          "Delivery (%d, %d] %s"
              .formatted(
                  frame.getDelivery().getFromOpId(),
                  frame.getDelivery().getTo().getOpId(),
                  frame.getDelivery().getOperationsList().stream().map(Notation::text).toList());
      case SNAPSHOT -> text(frame.getSnapshot());
      case CAUGHT_UP -> "CaughtUp " + frame.getCaughtUp().getPosition().getOpId();
      case RECEIPT -> "SyncReceipt " + frame.getReceipt().getTarget().getOpId();
      case FELL_BEHIND -> "FellBehind, head " + frame.getFellBehind().getHead().getOpId();
      case DIGEST_QUERY -> "DigestQuery " + frame.getDigestQuery().getQueryId();
      case REPAIR -> "Repair " + frame.getRepair().getRepairId();
      default -> frame.getFrameCase().toString();
    };
  }

  static String text(AgentEvent event) {
    return switch (event.getEventCase()) {
      case DISCONNECTED ->
          "disconnected, again in %d ms: %s"
              .formatted(
                  event.getDisconnected().getRetryInNs() / 1_000_000,
                  event.getDisconnected().getWhy().getMessage());
      case REFUSED ->
          "refused: %s %s"
              .formatted(event.getRefused().getReason(), event.getRefused().getMessage());
      case CAUGHT_UP -> "caught up at " + event.getCaughtUp().getOpId();
      case SYNCED ->
          "synced to %d, %s"
              .formatted(
                  event.getSynced().getTargetOpId(),
                  event.getSynced().getAgrees() ? "agrees" : "differs");
      default -> event.getEventCase().toString();
    };
  }

  private static String text(SnapshotPage page) {
    return "SnapshotPage %s ('%s', '%s'] %s"
        .formatted(
            Notation.text(page.getScope()),
            page.getAfterKey(),
            page.getThroughKey(),
            page.getOperationsList().stream().map(Notation::text).toList());
  }
}
