package dev.swarmlog.server.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.swarmlog.v1.AdministrationServiceGrpc;
import dev.swarmlog.v1.ControlRequest;
import dev.swarmlog.v1.ControlResponse;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.ListAgentsRequest;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.ProducerHello;
import dev.swarmlog.v1.PublishRequest;
import dev.swarmlog.v1.PublishServiceGrpc;
import dev.swarmlog.v1.PublishStreamRequest;
import dev.swarmlog.v1.PublishStreamResponse;
import dev.swarmlog.v1.SessionServiceGrpc;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who is not served and goes on asking is answered late, and stopped by its own stream limit. */
class HeldCallsTest {

  private static final String SWARM = "held";
  private static final String BROKEN = "broken";
  private static final int AT_ONCE = 10;
  private static final int HELD = 8;
  private static final Duration LONG = Duration.ofSeconds(9);

  private Coordinator coordinator;
  private ManagedChannel connection;
  private Hammer hammer;

  /** A connection on which nothing was asked yet, of an agent that is not served for a minute. */
  private void exclude(Object... limits) throws Exception {
    excludeFor("60s", limits);
  }

  private void excludeFor(String wait, Object... limits) throws Exception {
    coordinator = Coordinator.inMemory(Coordinator.limits(limits), "breaker-wait", wait);
    coordinator.publishEvents(SWARM, 1);
    for (int i = 0; isServed(coordinator.channel()); i++) {
      assertThat(i).as("sessions in a tight loop").isLessThan(200);
    }
    connection = coordinator.connect();
    hammer = new Hammer(connection, SWARM, BROKEN);
  }

  private static boolean isServed(Channel channel) {
    StreamCall<ControlRequest, ControlResponse> control =
        StreamCall.open(channel, SessionServiceGrpc.getControlMethod());
    control.send(TestAgent.frame(TestAgent.hello(SWARM, BROKEN)));
    try {
      return control.next().hasWelcome();
    } catch (AssertionError refused) {
      return false;
    } finally {
      control.cancel();
    }
  }

  @AfterEach
  void stop() throws Exception {
    coordinator.close();
  }

  @Test
  void shouldRefuseTheFirstAtOnceAndStopTheClientThen() throws Exception {
    // given
    exclude("maxHold", LONG);

    // when
    hammer.strike(AT_ONCE);
    await().until(() -> hammer.refusals().size() == AT_ONCE);
    hammer.strike(5_000);

    // then
    await()
        .during(Duration.ofMillis(300))
        .until(() -> hammer.sent() - hammer.refusals().size() == HELD);
    assertThat(hammer.sent())
        .as("no more than may be on their way before the client hears of it")
        .isLessThan(500);
    assertThat(hammer.refusals())
        .allMatch(refusal -> refusal.reason() == ErrorReason.ERROR_REASON_BREAKER_OPEN);
    int sent = hammer.sent();

    // when one is given up
    hammer.giveUpOldest();
    hammer.strike(1_000);

    // then there is room for one more
    await().until(() -> hammer.sent() == sent + 1);
    await()
        .during(Duration.ofMillis(300))
        .until(() -> hammer.sent() == sent + 1 && hammer.refusals().size() == sent - HELD);
  }

  @Test
  void shouldRefuseInTheEndWithWhatIsLeft() throws Exception {
    // given
    exclude("maxHold", Duration.ofMillis(300));
    hammer.strike(AT_ONCE);
    await().until(() -> hammer.refusals().size() == AT_ONCE);

    // when
    hammer.strike(3);
    hammer.halfClose();

    // then
    await().until(() -> hammer.refusals().size() == AT_ONCE + 3);
    assertThat(hammer.refusals())
        .allSatisfy(
            refusal -> {
              refusal.is(ErrorReason.ERROR_REASON_BREAKER_OPEN, "it is not served for another");
              assertThat(refusal.retry()).isTrue();
            });
    assertThat(leftMs(hammer.refusals().toArray(Failure[]::new)[AT_ONCE]))
        .isLessThanOrEqualTo(leftMs(hammer.refusals().element()) - 300);
  }

  @Test
  void shouldHoldPublishersToo() throws Exception {
    // given
    exclude("maxHold", Duration.ofMillis(300), "maxRefusalsAtOnce", 1);
    hammer.strike(1);
    await().until(() -> hammer.refusals().size() == 1);

    // when
    var producer = publishStream(BROKEN);
    var single =
        StreamCall.ask(
            connection,
            PublishServiceGrpc.getPublishMethod(),
            PublishRequest.newBuilder()
                .setSwarm(SWARM)
                .setPublisher(BROKEN)
                .setGroup(Requests.group(0, Requests.event("again")))
                .build());

    // then
    long atOnceMs = leftMs(hammer.refusals().element());
    assertThat(leftMs(producer.refusal())).isLessThanOrEqualTo(atOnceMs - 300);
    assertThat(leftMs(single.refusal())).isLessThanOrEqualTo(atOnceMs - 300);
  }

  @Test
  void shouldServeOnTrialWhenTheTimeIsOverAndGiveTheStreamsBackThen() throws Exception {
    // given
    excludeFor("1s", "maxRefusalsAtOnce", 1, "maxHold", Duration.ofMillis(400));
    hammer.strike(1);
    await().until(() -> hammer.refusals().size() == 1);
    hammer.strike(HELD);

    // when
    await().until(() -> isServed(connection));

    // then
    List<StreamCall<PublishStreamRequest, PublishStreamResponse>> producers = new ArrayList<>();
    for (int i = 0; i < 2 * HELD; i++) {
      producers.add(publishStream("producer " + i));
    }
    assertThat(producers).allSatisfy(opened -> assertThat(opened.next().hasWelcome()).isTrue());
  }

  @Test
  void shouldHoldNothingOnAConnectionThatIsUsedForMoreThanAnAgent() throws Exception {
    // given
    exclude("maxHold", LONG);
    AdministrationServiceGrpc.newBlockingStub(connection)
        .listAgents(ListAgentsRequest.newBuilder().setSwarm(SWARM).build());

    // when
    hammer.strike(100);

    // then
    await().until(() -> hammer.refusals().size() == 100);
  }

  @Test
  void shouldHoldNothingOnAConnectionOfSeveralAgents() throws Exception {
    // given
    exclude("maxHold", LONG);
    TestAgent.connect(connection, TestAgent.hello(SWARM, "first"));

    // when
    hammer.strike(300);

    // then
    await().until(() -> hammer.refusals().size() == 300);
    TestAgent second = TestAgent.connect(connection, TestAgent.hello(SWARM, "second"));
    assertThat(second.welcome().getSessionId()).isNotEmpty();
  }

  @Test
  void shouldGiveAConnectionBackWhenAnotherAgentComesToIt() throws Exception {
    // given
    exclude("maxHold", LONG);
    hammer.strike(AT_ONCE + HELD - 1);
    await().until(() -> hammer.refusals().size() == AT_ONCE && hammer.sent() == AT_ONCE + HELD - 1);

    // when
    TestAgent.connect(connection, TestAgent.hello(SWARM, "late"));
    hammer.strike(100);

    // then
    await().until(() -> hammer.refusals().size() == AT_ONCE + 100);
  }

  @Test
  void shouldRefuseAtOnceWhatIsBeyondTheBound() throws Exception {
    // given
    exclude("maxHold", LONG, "maxHeldCalls", 2, "maxRefusalsAtOnce", 1);
    hammer.strike(1);
    await().until(() -> hammer.refusals().size() == 1);

    // when
    hammer.strike(5);

    // then
    await().until(() -> hammer.refusals().size() == 1 + 3);
    assertThat(hammer.sent()).isEqualTo(1 + 5);

    // when one of those that are held is given up
    hammer.giveUpOldest();
    hammer.strike(2);

    // then the next one has its place, and the one after that none
    await().until(() -> hammer.refusals().size() == 1 + 3 + 1);
    hammer.strike(1);
    await().until(() -> hammer.refusals().size() == 1 + 3 + 2);
    assertThat(hammer.sent()).isEqualTo(1 + 5 + 3);
  }

  @Test
  void shouldNotWaitForHeldCallsWhenItStops() throws Exception {
    // given
    exclude("maxHold", LONG);
    hammer.strike(AT_ONCE + HELD);
    await().until(() -> hammer.refusals().size() == AT_ONCE && hammer.sent() == AT_ONCE + HELD);

    // when
    coordinator.server().close();

    // then
    await().until(() -> hammer.refusals().size() == AT_ONCE + HELD);
    assertThat(hammer.refusals().stream().skip(AT_ONCE))
        .allMatch(refusal -> refusal.reason() == ErrorReason.ERROR_REASON_SHUTTING_DOWN);
  }

  private StreamCall<PublishStreamRequest, PublishStreamResponse> publishStream(String producer) {
    StreamCall<PublishStreamRequest, PublishStreamResponse> opened =
        StreamCall.open(connection, PublishServiceGrpc.getPublishStreamMethod());
    opened.send(
        PublishStreamRequest.newBuilder()
            .setHello(
                ProducerHello.newBuilder()
                    .setSwarm(SWARM)
                    .setPublisher(BROKEN)
                    .setProducerId(producer)
                    .setLog(Log.LOG_MAIN))
            .build());
    return opened;
  }

  private static long leftMs(Failure refusal) {
    String[] words = refusal.message().split("another | ms");
    return Long.parseLong(words[1]);
  }
}
