package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.v1.CaughtUp;
import dev.swarmlog.v1.Delivery;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.ObservationServiceGrpc;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.TailRequest;
import dev.swarmlog.v1.TailResponse;
import dev.swarmlog.v1.TelemetryDelivery;
import dev.swarmlog.v1.Topic;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What `tail --last` shows of a log of which few operations pass the filter. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class LastMatchesTest {

  /** A log of commands, with some alerts among them. */
  private static final class LogWithAlerts
      extends ObservationServiceGrpc.ObservationServiceImplBase {

    private static final int PER_FRAME = 100;

    private final long headOpId;
    private final long horizonOpId;
    private final Set<Long> alerts;
    private final List<TailRequest> asked = new CopyOnWriteArrayList<>();

    LogWithAlerts(long headOpId, long horizonOpId, Set<Long> alerts) {
      this.headOpId = headOpId;
      this.horizonOpId = horizonOpId;
      this.alerts = alerts;
    }

    @Override
    public void tail(TailRequest request, StreamObserver<TailResponse> answers) {
      asked.add(request);
      if (request.getLog() == Log.LOG_TELEMETRY) {
        answers.onNext(telemetry(request.getLastOperations()));
        answers.onCompleted();
        return;
      }
      long from =
          request.hasAfterOpId()
              ? request.getAfterOpId()
              : Math.max(horizonOpId, headOpId - request.getLastOperations());
      var call = (ServerCallStreamObserver<TailResponse>) answers;
      for (; from < headOpId && !call.isCancelled(); from = Math.min(headOpId, from + PER_FRAME)) {
        answers.onNext(delivery(from, Math.min(headOpId, from + PER_FRAME)));
      }
      answers.onNext(
          TailResponse.newBuilder()
              .setCaughtUp(CaughtUp.newBuilder().setPosition(position(headOpId)))
              .build());
      answers.onCompleted();
    }

    private TailResponse delivery(long from, long to) {
      Delivery.Builder delivery = Delivery.newBuilder().setFromOpId(from).setTo(position(to));
      for (long opId = from + 1; opId <= to; opId++) {
        delivery.addOperations(
            operation(
                opId, alerts.contains(opId) ? Topic.TOPIC_ALERTS : Topic.TOPIC_COMMANDS, "a1"));
      }
      return TailResponse.newBuilder().setDelivery(delivery).build();
    }

    /** All that is published by "a2" counts as an alert here. */
    private TailResponse telemetry(long count) {
      TelemetryDelivery.Builder delivery = TelemetryDelivery.newBuilder();
      for (long opId = Math.max(0, headOpId - count) + 1; opId <= headOpId; opId++) {
        delivery.addOperations(
            operation(opId, Topic.TOPIC_TELEMETRY, alerts.contains(opId) ? "a2" : "a1"));
      }
      return TailResponse.newBuilder().setTelemetry(delivery).build();
    }

    private static Operation operation(long opId, Topic topic, String publisher) {
      return Operation.newBuilder().setOpId(opId).setTopic(topic).setPublisher(publisher).build();
    }

    private static Position position(long opId) {
      return Position.newBuilder().setLog(Log.LOG_MAIN).setOpId(opId).build();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // head | horizon | --last | shown
        "41 | 0 | 10 | 22 29",
        "41 | 0 | 1 | 29",
        "41 | 25 | 10 | 29",
        "41 | 30 | 10 | ''",
        "1500 | 0 | 10 | 22 29",
        "20000 | 0 | 10 | 22 29",
        "200000 | 0 | 10 | 22 29",
        "200000 | 0 | 1 | 29",
        "200000 | 25 | 3 | 29",
        "10 | 0 | 10 | ''",
        "0 | 0 | 10 | ''",
      })
  void shouldShowTheLastThatPass(long head, long horizon, int last, String shown) throws Exception {
    // given
    LogWithAlerts log = new LogWithAlerts(head, horizon, Set.of(22L, 29L));

    // when
    CommandRun run =
        CommandRun.against("tail fleet --topic alerts --no-follow --json --last " + last, log);

    // then
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(opIds(run)).isEqualTo(shown);
  }

  @Test
  void shouldReadBackInSteps() throws Exception {
    // given
    LogWithAlerts log = new LogWithAlerts(30_000, 0, Set.of(29L, 28_000L, 29_500L));

    // when
    CommandRun run =
        CommandRun.against("tail fleet --topic alerts --no-follow --json --last 2", log);

    // then the beginning was not looked at
    assertThat(opIds(run)).isEqualTo("28000 29500");
    assertThat(log.asked.get(0).getLastOperations()).isEqualTo(LastMatches.FIRST_STEP);
    assertThat(log.asked.get(1).getLastOperations()).isEqualTo(5_000);
    assertThat(log.asked.get(2).getAfterOpId()).isEqualTo(27_999);
    assertThat(log.asked).hasSize(3);
  }

  @Test
  void shouldAskOnceWhereNothingIsFiltered() throws Exception {
    // given
    LogWithAlerts log = new LogWithAlerts(41, 0, Set.of());

    // when
    CommandRun run = CommandRun.against("tail fleet --no-follow --json --last 2", log);

    // then
    assertThat(opIds(run)).isEqualTo("40 41");
    assertThat(log.asked).hasSize(1);
  }

  @Test
  void shouldShowTheLastOfTelemetryThatPass() throws Exception {
    // given
    LogWithAlerts log = new LogWithAlerts(500, 0, Set.of(20L, 22L, 29L));

    // when
    CommandRun run =
        CommandRun.against(
            "tail fleet --topic telemetry --agent a2 --no-follow --json --last 2", log);

    // then
    assertThat(opIds(run)).isEqualTo("22 29");
  }

  private static String opIds(CommandRun run) {
    return String.join(
        " ",
        run.out().lines().map(line -> line.replaceFirst(".*\"opId\":(\\d+).*", "$1")).toList());
  }
}
