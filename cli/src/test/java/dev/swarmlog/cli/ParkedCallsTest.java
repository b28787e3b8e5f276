package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swarmlog.v1.ListParkedRequest;
import dev.swarmlog.v1.ListParkedResponse;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.ParkedOperation;
import dev.swarmlog.v1.ParkingServiceGrpc;
import dev.swarmlog.v1.PurgeParkedRequest;
import dev.swarmlog.v1.PurgeParkedResponse;
import dev.swarmlog.v1.ReplayParkedRequest;
import dev.swarmlog.v1.ReplayParkedResponse;
import io.grpc.BindableService;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** How often a coordinator is asked that answers piece by piece. */
class ParkedCallsTest {

  private static final int PARKED = 2_500;
  private static final int PER_CALL = 1_024;

  /** Has so much parked in main, and an agent that parks again what it is given, if so told. */
  private static final class Parking extends ParkingServiceGrpc.ParkingServiceImplBase {

    private final boolean parksAgain;
    private final List<Log> changed = new CopyOnWriteArrayList<>();
    private volatile int parked = PARKED;

    Parking(boolean parksAgain) {
      this.parksAgain = parksAgain;
    }

    @Override
    public void listParked(ListParkedRequest request, StreamObserver<ListParkedResponse> answers) {
      int from = request.getPageToken().isEmpty() ? 0 : Integer.parseInt(request.getPageToken());
      int to = Math.min(parked, from + request.getPageSize());
      List<ParkedOperation> page = new ArrayList<>();
      for (int opId = from + 1; opId <= to; opId++) {
        page.add(
            ParkedOperation.newBuilder()
                .setAgent("a7")
                .setLog(Log.LOG_MAIN)
                .setOperation(Operation.newBuilder().setOpId(opId))
                .build());
      }
      answer(
          ListParkedResponse.newBuilder()
              .addAllOperations(page)
              .setNextPageToken(to < parked ? Integer.toString(to) : "")
              .setParkedCount(parked)
              .build(),
          answers);
    }

    @Override
    public void replayParked(
        ReplayParkedRequest request, StreamObserver<ReplayParkedResponse> answers) {
      int taken = take(request.getLog(), !parksAgain);
      answer(
          ReplayParkedResponse.newBuilder()
              .setReplayedCount(Math.max(0, taken - 1))
              .setSupersededCount(Math.min(1, taken))
              .setComplete(taken < PER_CALL)
              .build(),
          answers);
    }

    @Override
    public void purgeParked(
        PurgeParkedRequest request, StreamObserver<PurgeParkedResponse> answers) {
      int taken = take(request.getLog(), true);
      answer(
          PurgeParkedResponse.newBuilder()
              .setPurgedCount(taken)
              .setComplete(taken < PER_CALL)
              .build(),
          answers);
    }

    private synchronized int take(Log log, boolean forGood) {
      changed.add(log);
      int taken = log == Log.LOG_MAIN ? Math.min(parked, PER_CALL) : 0;
      if (forGood) {
        parked -= taken;
      }
      return taken;
    }

    private static <T> void answer(T answer, StreamObserver<T> answers) {
      answers.onNext(answer);
      answers.onCompleted();
    }
  }

  @Test
  void shouldFollowAllPages() throws Exception {
    CommandRun run = CommandRun.against("parked list fleet --json", new Parking(false));

    assertThat(new ObjectMapper().readTree(run.out()).get("operations")).hasSize(PARKED);
  }

  @Test
  void shouldPurgeUntilItIsComplete() throws Exception {
    // given
    Parking parking = new Parking(false);

    // when
    CommandRun run = CommandRun.against("parked purge fleet --all", parking);

    // then
    assertThat(run.out())
        .isEqualToIgnoringNewLines(
            "Purged 2,500 operations that were parked for all agents in swarm fleet.");
    assertThat(parking.changed)
        .containsExactly(Log.LOG_CONTROL, Log.LOG_MAIN, Log.LOG_MAIN, Log.LOG_MAIN);
  }

  @Test
  void shouldReplayUntilItIsComplete() throws Exception {
    CommandRun run =
        CommandRun.against("parked replay fleet a7 --all --log main", new Parking(false));

    assertThat(run.out().lines())
        .containsExactly(
            "Replayed 2,497 operations for a7 in swarm fleet.",
            "3 operations were superseded or expired meanwhile, and forgotten.");
  }

  @Test
  void shouldNotReplayForEverToAnAgentThatParksEverythingAgain() throws Exception {
    // given
    Parking parking = new Parking(true);

    // when
    CommandRun run = CommandRun.against("parked replay fleet a7 --all --log main", parking);

    // then
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(parking.changed).hasSize(3);
  }

  @Test
  void shouldSayThatACoordinatorIsTooOldForIt() throws Exception {
    CommandRun run =
        CommandRun.against("parked list fleet", new ParkingServiceGrpc.ParkingServiceImplBase() {});

    assertThat(run.exitCode()).isEqualTo(ExitCode.REFUSED.number());
    assertThat(run.err())
        .contains("that knows this request", "`swarmlog version`")
        .doesNotContain("\tat ");
  }

  @Test
  void shouldSayThatNoAnswerCame() throws Exception {
    BindableService silent =
        new ParkingServiceGrpc.ParkingServiceImplBase() {
          @Override
          public void listParked(
              ListParkedRequest request, StreamObserver<ListParkedResponse> answers) {
            // Nothing ever comes.
          }
        };

    CommandRun run = CommandRun.against("parked list fleet --timeout 200ms", silent);

    assertThat(run.exitCode()).isEqualTo(ExitCode.UNAVAILABLE.number());
    assertThat(run.err()).contains("in time, but got none", "--timeout");
  }

  @Test
  void shouldSayThatNobodyIsThere() {
    CommandRun run = CommandRun.of("parked", "list", "fleet", "--server", "localhost:1");

    assertThat(run.exitCode()).isEqualTo(ExitCode.UNAVAILABLE.number());
    assertThat(run.err())
        .contains("Expected a coordinator at localhost:1", "Connection refused")
        .doesNotContain("\tat ", "Exception");
  }
}
