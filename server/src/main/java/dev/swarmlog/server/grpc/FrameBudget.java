package dev.swarmlog.server.grpc;

import dev.swarmlog.server.Limits;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What one connection may send in frames that cost the coordinator work and carry nothing for it,
 * counted per window of time.
 *
 * <p>Two counts, because honest clients send of the two kinds in very different numbers: frames
 * that follow data (PING of those who measure their bandwidth, WINDOW_UPDATE), and all other
 * control frames, of which an honest client sends a handful. Messages and the opening of calls are
 * not counted here.
 *
 * <p>Owned by the connection's event loop.
 */
final class FrameBudget {

  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int PING = 6;
  private static final int WINDOW_UPDATE = 8;
  private static final int END_STREAM = 1;
  private static final int ACK = 1;
  private static final int PADDED = 8;

  private final int maxControlFrames;
  private final int maxFlowControlFrames;
  private final long windowNs;
  private final LongSupplier monotonicNs;

  private long windowStartNs;
  private int controlFrames;
  private int flowControlFrames;

  FrameBudget(Limits limits, LongSupplier monotonicNs) {
    this.maxControlFrames = limits.maxControlFramesPerWindow();
    this.maxFlowControlFrames = limits.maxFlowControlFramesPerWindow();
    this.windowNs = limits.frameWindow().toNanos();
    this.monotonicNs = monotonicNs;
    this.windowStartNs = monotonicNs.getAsLong();
  }

  /**
   * Counts one frame, by its header.
   *
   * @return what there is too much of, if there is
   */
  @Nullable String count(int type, int flags, int length) {
    boolean followsData = type == PING && (flags & ACK) == 0 || type == WINDOW_UPDATE;
    if (!followsData && carriesSomething(type, flags, length)) {
      return null;
    }
    long nowNs = monotonicNs.getAsLong();
    if (nowNs - windowStartNs > windowNs) {
      windowStartNs = nowNs;
      controlFrames = 0;
      flowControlFrames = 0;
    }
    if (followsData) {
      return ++flowControlFrames > maxFlowControlFrames
          ? tooMany("PING and WINDOW_UPDATE", maxFlowControlFrames)
          : null;
    }
    return ++controlFrames > maxControlFrames ? tooMany("control", maxControlFrames) : null;
  }

  /** Padding is a way to send data that is none; no gRPC client pads. */
  private static boolean carriesSomething(int type, int flags, int length) {
    return type == HEADERS
        || type == DATA && (flags & PADDED) == 0 && (length > 0 || (flags & END_STREAM) != 0);
  }

  private String tooMany(String kind, int bound) {
    return "Expected at most %d %s frames within %d ms, but got more"
        .formatted(bound, kind, windowNs / 1_000_000);
  }
}
