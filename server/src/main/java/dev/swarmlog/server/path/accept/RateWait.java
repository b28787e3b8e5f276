package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.path.admit.RateGate;
import dev.swarmlog.server.path.admit.RateGate.Demand;
import dev.swarmlog.server.path.admit.RateGate.Ticket;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.ProducerHello;
import dev.swarmlog.v1.PublishGroup;
import org.jspecify.annotations.Nullable;

/**
 * Where the one group of a producer's stream stands that waits for tokens; where the disk is low it
 * does not wait, but is refused.
 *
 * <p>After a group was refused, those in flight behind it leave a gap and cannot be appended. They
 * are refused here and take no tokens, or a producer with much in flight would use up what its
 * first group has to wait for, again and again.
 *
 * <p>Groups come on the event loop of the stream; answers, and its end, on any thread.
 */
final class RateWait {

  private final StreamContext context;

  // Guarded by this.
  private @Nullable Ticket ticket;
  private boolean ended;

  /** Of the group that was refused last and has not come again; 0 for none. */
  private long refusedNumber;

  /** Before this monotonic time the publisher was told not to come again. */
  private long comeBackNs;

  /** Hears how a group fares. */
  interface Listener {
    void passed();

    /**
     * There is no room for it.
     *
     * @param lawful whether it came no sooner than the publisher was told after the refusal before
     */
    void refused(Refusal refusal, boolean lawful);
  }

  RateWait(StreamContext context) {
    this.context = context;
    this.comeBackNs = context.time().monotonicNs();
  }

  /** Goes on with a group once there are tokens, or says why not. */
  void ask(ProducerHello hello, PublishGroup group, Listener listener) {
    Refusal behind = behindRefused(group.getNumber());
    if (behind != null) {
      listener.refused(behind, /* lawful= */ true);
      return;
    }
    Refusal full = context.withoutSpace(hello.getLog());
    if (full != null) {
      refused(group.getNumber(), full);
      listener.refused(full, /* lawful= */ true);
      return;
    }
    long arrivedNs = context.time().monotonicNs();
    boolean lawful = isLawful(arrivedNs);
    Ticket given =
        context
            .rateGate()
            .ask(
                Demand.of(
                    hello.getSwarm(),
                    hello.getPublisher(),
                    hello.getLog(),
                    group.getRecordsList(),
                    group.getSerializedSize(),
                    arrivedNs,
                    /* alone= */ false),
                new RateGate.Listener() {
                  @Override
                  public void passed() {
                    listener.passed();
                  }

                  @Override
                  public void refused(Refusal refusal) {
                    RateWait.this.refused(group.getNumber(), refusal);
                    listener.refused(refusal, lawful);
                  }
                });
    boolean late;
    synchronized (this) {
      ticket = given;
      late = ended;
    }
    if (late) {
      given.withdraw();
    }
  }

  private synchronized @Nullable Refusal behindRefused(long number) {
    if (refusedNumber == 0 || Long.compareUnsigned(number, refusedNumber) <= 0) {
      refusedNumber = 0;
      return null;
    }
    return GroupTurns.behindRefused(refusedNumber, number);
  }

  private synchronized boolean isLawful(long nowNs) {
    return nowNs - comeBackNs >= 0;
  }

  /**
   * A group was refused for want of tokens or of space.
   *
   * <p>Only of those that will come again: behind others there may be what was appended before.
   */
  synchronized void refused(long number, Refusal refusal) {
    if (refusal.reason() != ErrorReason.ERROR_REASON_PAYLOAD_TOO_LARGE) {
      refusedNumber = number;
    }
    if (refusal.retryAfter() != null) {
      comeBackNs = context.time().monotonicNs() + refusal.retryAfter().toNanos();
    }
  }

  /** The stream has ended: nobody waits any more. */
  void end() {
    Ticket given;
    synchronized (this) {
      ended = true;
      given = ticket;
    }
    if (given != null) {
      given.withdraw();
    }
  }
}
