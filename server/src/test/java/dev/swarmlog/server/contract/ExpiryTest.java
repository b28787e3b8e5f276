package dev.swarmlog.server.contract;

import static dev.swarmlog.server.contract.Requests.event;
import static dev.swarmlog.server.contract.Requests.group;
import static dev.swarmlog.server.contract.Requests.keyed;
import static dev.swarmlog.server.contract.Requests.withKey;
import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.PublishAck;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.TailRequest;
import dev.swarmlog.v1.TailResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Operations that expire, on the clocks of this machine. */
class ExpiryTest {

  private static final Duration SOON = Duration.ofMillis(200);

  @TempDir private Path directory;
  private final ArrayDeque<Operation> waiting = new ArrayDeque<>();
  private Coordinator coordinator;

  @BeforeEach
  void start() throws Exception {
    coordinator = Coordinator.on(directory);
  }

  @AfterEach
  void stop() throws Exception {
    coordinator.close();
  }

  @Test
  void shouldDeleteAKeyByATombstoneThatEveryReaderSees() {
    // given
    PublishRecord lease = expiring(keyed("lease", "held"), SOON);
    coordinator.publish("leases", lease);
    StreamCall<TailRequest, TailResponse> tail = tail("leases");

    // when nothing else happens
    Operation published = next(tail);
    Operation tombstone = next(tail);

    // then
    assertThat(published.getExpiresAtUnixNano()).isEqualTo(lease.getExpiresAtUnixNano());
    assertThat(tombstone.getKey()).isEqualTo("lease");
    assertThat(tombstone.getTombstone()).isTrue();
    assertThat(tombstone.getKeyExisted()).isTrue();
    assertThat(tombstone.getPublisher()).isEmpty();
    assertThat(tombstone.getOrigin().getOpId()).isEqualTo(published.getOpId());
    assertThat(tombstone.getAppendTimeUnixNano())
        .isGreaterThanOrEqualTo(lease.getExpiresAtUnixNano());
    tail.cancel();
  }

  @Test
  void shouldNotExpireAKeyThatIsRenewedInTime() {
    // given
    coordinator.publish(
        "renewed", group(0, expiring(keyed("renewed", "1"), SOON), keyed("renewed", "2")));

    // when one that was published later has gone
    coordinator.publish("renewed", expiring(keyed("gone", "1"), SOON.multipliedBy(2)));
    StreamCall<TailRequest, TailResponse> tail = tail("renewed");
    List<Operation> seen = new ArrayList<>();
    do {
      seen.add(next(tail));
    } while (!seen.get(seen.size() - 1).getTombstone());

    // then
    assertThat(seen)
        .extracting(Operation::getKey)
        .containsExactly("renewed", "renewed", "gone", "gone");
    tail.cancel();
  }

  @Test
  void shouldDeleteWhatExpiredWhileItWasAway() throws Exception {
    // given
    PublishRecord lease = expiring(keyed("lease", "held"), SOON);
    coordinator.publish("away", lease);

    // when
    coordinator.restart();

    // then
    StreamCall<TailRequest, TailResponse> tail = tail("away");
    assertThat(next(tail).getKey()).isEqualTo("lease");
    assertThat(next(tail).getTombstone()).isTrue();
    tail.cancel();
  }

  @Test
  void shouldTakeWhatIsPastAlreadySoThatALateRetryGetsItsFirstAnswer() {
    // given
    PublishRecord past = expiring(keyed("k", "v"), Duration.ofDays(-1));

    // when
    PublishAck first = coordinator.publish("late", withKey("once", past));
    PublishAck retried = coordinator.publish("late", withKey("once", past));

    // then
    assertThat(first.getDuplicate()).isFalse();
    assertThat(retried.getDuplicate()).isTrue();
    assertThat(retried.getFirstOpId()).isEqualTo(first.getFirstOpId());
    StreamCall<TailRequest, TailResponse> tail = tail("late");
    next(tail);
    assertThat(next(tail).getOrigin().getOpId()).isEqualTo(first.getFirstOpId());
    tail.cancel();
  }

  @Test
  void shouldNotHandOutAnEventThatHasExpired() {
    // given an event that has, and a key whose tombstone shows that its time has come
    Duration past = Duration.ofMinutes(-1);
    coordinator.publish(
        "events",
        group(0, expiring(event("old"), past), event("new"), expiring(keyed("k", "v"), past)));
    StreamCall<TailRequest, TailResponse> tail = tail("events");
    Operation last = next(tail);
    while (!last.getTombstone()) {
      last = next(tail);
    }
    tail.cancel();

    // then
    assertThat(coordinator.everything("events", Log.LOG_MAIN))
        .extracting(Operation::getOpId)
        .containsExactly(2L, 3L, 4L);
  }

  private static PublishRecord expiring(PublishRecord publishRecord, Duration fromNow) {
    Instant expiry = Instant.now().plus(fromNow);
    return publishRecord.toBuilder()
        .setExpiresAtUnixNano(TimeUnit.SECONDS.toNanos(expiry.getEpochSecond()) + expiry.getNano())
        .build();
  }

  /** From the first operation on. */
  private StreamCall<TailRequest, TailResponse> tail(String swarm) {
    return coordinator.tail(
        TailRequest.newBuilder().setSwarm(swarm).setLog(Log.LOG_MAIN).setAfterOpId(0).build());
  }

  private Operation next(StreamCall<TailRequest, TailResponse> tail) {
    while (waiting.isEmpty()) {
      waiting.addAll(tail.next().getDelivery().getOperationsList());
    }
    return waiting.removeFirst();
  }
}
