package dev.swarmlog.sdk;

import static dev.swarmlog.sdk.SessionFaults.ack;
import static dev.swarmlog.sdk.SessionFaults.control;
import static dev.swarmlog.sdk.SessionFaults.data;
import static dev.swarmlog.sdk.SessionFaults.frames;
import static dev.swarmlog.sdk.SessionFaults.heartbeat;
import static dev.swarmlog.sdk.SessionFaults.hello;
import static dev.swarmlog.sdk.SessionFaults.resume;
import static dev.swarmlog.sdk.UserFaults.handler;
import static dev.swarmlog.sdk.UserFaults.settings;
import static dev.swarmlog.sdk.UserFaults.told;
import static dev.swarmlog.sdk.UserFaults.vector;

import dev.swarmlog.conformance.v1.CursorStore;
import dev.swarmlog.conformance.vectors.VectorFiles;
import dev.swarmlog.v1.Drain;
import dev.swarmlog.v1.Heartbeat;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.ScopeSums;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Testees that are broken on purpose, one thing each: {@code Testee --broken NAME}. They prove that
 * the suite catches what it should.
 */
public final class BrokenTestees {
  /**
   * One of them.
   *
   * @param about what it does wrong
   * @param caughtBy the case that must fail, by its name; or {@code vectors/KIND}
   */
  public record Broken(String name, String about, String caughtBy) {}

  private static final String VECTOR = "vector-";

  private final Map<String, Broken> table = new LinkedHashMap<>();
  private final Map<String, Supplier<Fault>> faults = new LinkedHashMap<>();

  private BrokenTestees() {
    resuming();
    acknowledging();
    handling();
    checking();
    ending();
    publishing();
    for (String kind : VectorFiles.KINDS) {
      add(
          VECTOR + kind,
          "computes " + kind + " a little wrong",
          "vectors/" + kind,
          () -> vector(kind));
    }
  }

  /** All of them. */
  public static List<Broken> all() {
    return List.copyOf(new BrokenTestees().table.values());
  }

  /**
   * What one of them does wrong.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  static Fault fault(String name) {
    Map<String, Supplier<Fault>> faults = new BrokenTestees().faults;
    Supplier<Fault> fault = faults.get(name);
    if (fault == null) {
      throw new IllegalArgumentException(
          "Expected one of %s, but got %s".formatted(faults.keySet(), name));
    }
    return fault.get();
  }

  private void add(String name, String about, String caughtBy, Supplier<Fault> fault) {
    table.put(name, new Broken(name, about, caughtBy));
    faults.put(name, fault);
  }

  private void resuming() {
    add(
        "forgets-cursor",
        "comes back as if it had nothing",
        "resume-after-drop",
        SessionFaults::forgetsCursor);
    add(
        "stale-cursor",
        "says where it stood one session before",
        "resume-after-drop",
        SessionFaults::staleCursor);
    add(
        "ignores-lower-numbers",
        "takes for old what is numbered below what it had, in another epoch, too",
        "epoch-above-fork",
        SessionFaults::ignoresLowerNumbers);
    add(
        "forgets-triple",
        "does not say that a delta was interrupted",
        "delta-interrupted",
        () -> resume(LogResume.Builder::clearInterrupted));
    add(
        "always-exact",
        "says of every interrupted delta that it was exact",
        "delta-interrupted-twice",
        () -> resume(SessionFaults::exact));
    add(
        "forgets-base",
        "begins an interrupted delta where it was cut off",
        "delta-interrupted",
        () -> resume(SessionFaults::withoutBase));
    add(
        "forgets-scopes",
        "does not say which scopes it holds",
        "resume-after-drop",
        () -> resume(LogResume.Builder::clearScopes));
    add(
        "hello-without-sums",
        "does not say what it holds of them",
        "resume-after-drop",
        () -> resume(LogResume.Builder::clearSums));
    add(
        "sums-in-between",
        "claims sums in the middle of a delta",
        "delta-interrupted",
        () -> resume(SessionFaults::claimingSums));
    add(
        "forgets-lacking",
        "does not say that it lacks keys it could not apply",
        "lacking-keys",
        () -> resume(SessionFaults::withoutLacking));
    add(
        "cursor-in-memory",
        "does not keep its cursor on disk",
        "kill-disk",
        () -> settings(settings -> settings.setCursorStore(CursorStore.CURSOR_STORE_UNSPECIFIED)));
    add(
        "ignores-gap",
        "takes what comes behind a gap for the next",
        "gap",
        SessionFaults::ignoresGap);
    add(
        "forgets-roles",
        "does not say which roles it holds",
        "roles",
        () -> hello(hello -> hello.clearRoles()));
  }

  private void acknowledging() {
    add(
        "ack-before-apply",
        "acknowledges what arrives",
        "ack-behind-effect",
        SessionFaults::acksBeforeApply);
    add(
        "ack-ahead",
        "acknowledges one operation more than it applied",
        "resume-after-drop",
        () ->
            ack(
                ack -> {
                  ack.getAppliedBuilder().setOpId(ack.getApplied().getOpId() + 1);
                  return ack;
                }));
    add(
        "ack-never",
        "acknowledges nothing",
        "first-sync",
        () -> data(request -> request.hasAck() ? null : request));
    add("no-heartbeats", "sends no heartbeats", "clock-skew", () -> heartbeat(heartbeat -> null));
    add(
        "counts-nothing",
        "does not say what came again or out of order",
        "heartbeat-counts",
        () -> heartbeat(beat -> beat.clearIgnoredDuplicates().clearOutOfOrder()));
    add(
        "hides-handlers",
        "does not say that a handler runs",
        "heartbeat-handler-runs",
        () -> heartbeat(Heartbeat.Builder::clearHandlerRunningMs));
    add(
        "no-clock-offset",
        "does not say how far the clocks are apart",
        "clock-skew",
        () -> heartbeat(Heartbeat.Builder::clearClockOffsetNano));
    add(
        "wrong-clock-offset",
        "says the clock's offset the wrong way round",
        "clock-behind",
        () ->
            heartbeat(
                heartbeat ->
                    heartbeat.hasClockOffsetNano()
                        ? heartbeat.setClockOffsetNano(-heartbeat.getClockOffsetNano())
                        : heartbeat));
  }

  private void handling() {
    add("handles-twice", "calls the handler twice", "first-sync", () -> handler(UserFaults::twice));
    add(
        "handles-out-of-order",
        "calls the handler of the second operation first",
        "first-sync",
        () -> handler(UserFaults::outOfOrder));
    add(
        "drops-an-operation",
        "hands over two operations of three",
        "duplicate",
        () -> handler(UserFaults::dropping));
    add(
        "once-per-key",
        "takes a second operation on a key for a duplicate",
        "duplicate",
        () -> handler(UserFaults::oncePerKey));
    add(
        "deletes-nothing",
        "does not hand over deletions",
        "deletions",
        () -> handler(UserFaults::withoutDeletions));
    add(
        "splits-batches",
        "hands over the operations of a batch one by one",
        "group",
        () -> handler(UserFaults::splitting));
    add(
        "second-lane-stalls",
        "has one thread for all lanes",
        "control-passes",
        UserFaults::oneThread);
    add(
        "no-nack",
        "goes on behind what cannot be applied, and tells nobody",
        "nack-park",
        UserFaults::skipsSilently);
    add(
        "nacks-once",
        "does not ask again what becomes of an operation",
        "nack-again-after-drop",
        SessionFaults::nacksOnce);
    add(
        "acks-refused-before-reply",
        "acknowledges what it refused before it is taken",
        "nack-park",
        SessionFaults::acksRefused);
    add(
        "loses-traceparent",
        "runs handlers without the trace of the operation",
        "traced",
        () -> frames(SessionFaults::untraced));
  }

  private void checking() {
    add(
        "ignores-receipt",
        "says of every receipt that it agrees",
        "receipt-differs",
        () ->
            told(
                event -> {
                  if (event.hasSynced()) {
                    event.getSyncedBuilder().setAgrees(true);
                  }
                  return event;
                }));
    add(
        "ignores-skipped",
        "does not count what is not handed out",
        "skipped-events",
        () ->
            frames(
                frame ->
                    frame.hasDelivery()
                        ? frame.toBuilder()
                            .setDelivery(frame.getDelivery().toBuilder().clearSkipped())
                            .build()
                        : frame));
    add(
        "wrong-sums",
        "adds sums up wrong",
        "drift-sums",
        () ->
            ack(
                ack -> {
                  List<ScopeSums> wrong = SessionFaults.wrong(ack.getSumsList());
                  return ack.clearSums().addAllSums(wrong);
                }));
    add("no-sums", "does not say what it holds", "drift-sums", () -> ack(ack -> ack.clearSums()));
    add(
        "ignores-repair",
        "does not take repairs",
        "repair",
        () -> frames(frame -> frame.hasRepair() ? null : frame));
    add(
        "ignores-pages",
        "does not take keyed state over",
        "snapshot-deletes",
        () -> frames(frame -> frame.hasSnapshot() ? null : frame));
    add(
        "ignores-queries",
        "does not answer what it is asked",
        "snapshot-compares",
        () -> frames(frame -> frame.hasDigestQuery() ? null : frame));
    add(
        "no-repair-id",
        "does not say which repair it has taken",
        "repair",
        () -> ack(ack -> ack.clearLastRepairId()));
    add(
        "wrong-digest-parts",
        "counts keys of parts wrong",
        "digest-queries",
        () -> data(SessionFaults::wrongParts));
    add(
        "loses-lost-events",
        "does not tell of events that are gone",
        "lost-events",
        () -> told(event -> event.hasLost() ? event.clearEvent() : event));
  }

  private void ending() {
    add("no-backoff", "tries again at once, however often", "backoff", UserFaults::withoutDelays);
    add(
        "ignores-retry-info",
        "comes again when it likes",
        "told-when",
        SessionFaults::ignoresRetryInfo);
    add(
        "ignores-drain",
        "stays when it is asked to go",
        "drain",
        () -> control(frame -> frame.hasDrain() ? frame.toBuilder().clearDrain().build() : frame));
    add(
        "ignores-drain-delay",
        "comes again too soon after it was asked to go",
        "drain",
        () ->
            control(
                frame ->
                    frame.hasDrain()
                        ? frame.toBuilder()
                            .setDrain(Drain.newBuilder().setReason(frame.getDrain().getReason()))
                            .build()
                        : frame));
    add(
        "retries-terminal",
        "comes again after it was told not to",
        "superseded",
        SessionFaults::retriesTerminal);
    add(
        "breaks-off-at-unknown",
        "breaks off where a frame of a later version comes",
        "unknown-frame",
        SessionFaults::breaksOffAtUnknownFrames);
  }

  private void publishing() {
    add(
        "renumbers",
        "gives what it sends again other numbers",
        "publish-lost-answer",
        PublisherFaults::renumbers);
    add(
        "drops-on-reconnect",
        "sends nothing again",
        "publish-lost-answer",
        PublisherFaults::dropsOnReconnect);
    add(
        "publishes-twice",
        "comes back as another producer",
        "publish-lost-answer",
        PublisherFaults::publishesTwice);
    add(
        "claims-appended-before-ack",
        "says that it is appended when it is published",
        "publish-refused-for-good",
        PublisherFaults::claimsAppended);
    add(
        "ignores-window",
        "sends more than the coordinator takes at a time",
        "publish-window",
        PublisherFaults::ignoresWindow);
    add(
        "sends-refused-again",
        "tries again what was refused for good",
        "publish-refused-for-good",
        PublisherFaults::sendsRefusedAgain);
    add(
        "publishes-untraced",
        "publishes without the trace of the caller",
        "publish-traced",
        PublisherFaults::losesTrace);
  }
}
