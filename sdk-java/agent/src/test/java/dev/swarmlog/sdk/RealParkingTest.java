package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.swarmlog.testing.SwarmlogServerExtension;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.GetParkedRequest;
import dev.swarmlog.v1.ListParkedRequest;
import dev.swarmlog.v1.ListParkedResponse;
import dev.swarmlog.v1.ParkedOperation;
import dev.swarmlog.v1.PurgeParkedRequest;
import dev.swarmlog.v1.PurgeParkedResponse;
import dev.swarmlog.v1.ReplayParkedRequest;
import dev.swarmlog.v1.ReplayParkedResponse;
import dev.swarmlog.v1.Topic;
import io.grpc.Status;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a person sees and does, by calls, of the operations that an agent has parked. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RealParkingTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @RegisterExtension final SwarmlogServerExtension server = SwarmlogServerExtension.onDisk();

  private final List<String> applied = new CopyOnWriteArrayList<>();
  private final AtomicBoolean broken = new AtomicBoolean(true);

  private SwarmClient client;
  private SwarmAgent agent;

  @BeforeEach
  void parkThreeOperations() throws Exception {
    client = SwarmClient.connect(server.target());
    // Before anything is parked: the coordinator writes of that into the same log.
    try (SwarmPublisher planner = SwarmPublisher.builder(server.target(), "s", "planner").start()) {
      planner
          .publishGroup(List.of(event("first"), event("second"), event("third")))
          .get(20, TimeUnit.SECONDS);
    }
    agent =
        SwarmAgent.builder(server.target(), "s", "a")
            .on(
                Topic.TOPIC_COMMANDS,
                operation -> {
                  if (broken.get()) {
                    throw new IOException("cannot");
                  }
                  applied.add(operation.getPayload().getData().toStringUtf8());
                })
            .onHandlerFailure((operations, failure, tried) -> HandlerFailurePolicy.Decision.PARK)
            .start();
    await().atMost(PATIENCE).until(() -> list("", 10).getParkedCount() == 3);
  }

  @AfterEach
  void close() {
    agent.close();
    client.close();
  }

  @Test
  void shouldListPageByPageWithoutPayloads() {
    // when
    ListParkedResponse first = list("", 2);
    ListParkedResponse second = list(first.getNextPageToken(), 2);

    // then
    assertThat(first.getOperationsList()).extracting(RealParkingTest::opId).containsExactly(1L, 2L);
    assertThat(first.getOperations(0).getOperation().getPayload().getData())
        .isEqualTo(ByteString.EMPTY);
    assertThat(first.getParkedCount()).isEqualTo(3);
    assertThat(second.getOperationsList()).extracting(RealParkingTest::opId).containsExactly(3L);
    assertThat(second.getNextPageToken()).isEmpty();
  }

  @Test
  void shouldShowOneWithItsPayload() {
    ParkedOperation found = get(2);

    assertThat(found.getOperation().getPayload().getData().toStringUtf8()).isEqualTo("second");
    assertThat(found.getStatus().getMessage()).isEqualTo("java.io.IOException: cannot");
  }

  @Test
  void shouldHaveTheAgentTryAgain() {
    // given
    broken.set(false);

    // when
    ReplayParkedResponse replayed =
        client.replayParked(ReplayParkedRequest.newBuilder().setSwarm("s").setAgent("a").build());

    // then
    assertThat(replayed.getReplayedCount()).isEqualTo(3);
    assertThat(replayed.getComplete()).isTrue();
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(applied).containsExactly("first", "second", "third"));
    assertThat(list("", 10).getParkedCount()).isZero();
  }

  @Test
  void shouldForgetOneAndThenTheRest() {
    // when
    PurgeParkedResponse one = purge(1);

    // then
    assertThat(one.getPurgedCount()).isEqualTo(1);
    assertThatThrownBy(() -> get(1))
        .isInstanceOfSatisfying(
            TerminalException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(ErrorReason.ERROR_REASON_NOT_PARKED);
              assertThat(e.code()).isEqualTo(Status.Code.NOT_FOUND);
            });
    assertThatThrownBy(() -> purge(1)).hasMessageStartingWith("NOT_PARKED: ");
    assertThat(purge(0).getPurgedCount()).isEqualTo(2);
    assertThat(list("", 10).getOperationsList()).isEmpty();
  }

  private static Publication event(String value) {
    return Publication.event(
        Topic.TOPIC_COMMANDS, Targets.all(), Payloads.text("test.Value", value));
  }

  private ListParkedResponse list(String pageToken, int pageSize) {
    return client.listParked(
        ListParkedRequest.newBuilder()
            .setSwarm("s")
            .setPageSize(pageSize)
            .setPageToken(pageToken)
            .build());
  }

  private ParkedOperation get(long opId) {
    return client.getParked(
        GetParkedRequest.newBuilder().setSwarm("s").setAgent("a").setOpId(opId).build());
  }

  private PurgeParkedResponse purge(long opId) {
    return client.purgeParked(
        PurgeParkedRequest.newBuilder().setSwarm("s").setAgent("a").setOpId(opId).build());
  }

  private static long opId(ParkedOperation parked) {
    return parked.getOperation().getOpId();
  }
}
