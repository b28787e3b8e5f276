package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.grpc.ErrorStatus;
import dev.swarmlog.storage.BelowHorizonException;
import dev.swarmlog.v1.Change;
import dev.swarmlog.v1.CompareAgentsRequest;
import dev.swarmlog.v1.CompareAgentsResponse;
import dev.swarmlog.v1.DiffPage;
import dev.swarmlog.v1.DiffRequest;
import dev.swarmlog.v1.DiffResponse;
import dev.swarmlog.v1.DriftServiceGrpc;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.PlanSyncRequest;
import dev.swarmlog.v1.PlanSyncResponse;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.SyncPage;
import dev.swarmlog.v1.SyncReceipt;
import dev.swarmlog.v1.SyncRequest;
import dev.swarmlog.v1.SyncResponse;
import dev.swarmlog.v1.SyncServiceGrpc;
import io.grpc.BindableService;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Coordinators that do not answer, or not to the end. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class UnfinishedAnswerTest {

  /** What a coordinator does after the first operations. */
  private enum Ending {
    SILENCE,
    LOSS,
    EARLY_END;

    void of(StreamObserver<?> answers) {
      switch (this) {
        case SILENCE -> {}
        case LOSS ->
            answers.onError(
                Status.UNAVAILABLE.withDescription("Network closed").asRuntimeException());
        case EARLY_END -> answers.onCompleted();
      }
    }
  }

  /** Sends two operations, or changes, and then ends in its way. */
  private static final class BrokenOff extends SyncServiceGrpc.SyncServiceImplBase {

    private final Consumer<StreamObserver<?>> ending;

    BrokenOff(Consumer<StreamObserver<?>> ending) {
      this.ending = ending;
    }

    @Override
    public void sync(SyncRequest request, StreamObserver<SyncResponse> answers) {
      LogPlan plan = LogPlan.newBuilder().setPlan(Plan.PLAN_DELTA).build();
      answers.onNext(SyncResponse.newBuilder().setPlan(plan).build());
      answers.onNext(
          SyncResponse.newBuilder()
              .setPage(
                  SyncPage.newBuilder()
                      .addOperations(Operation.newBuilder().setOpId(1))
                      .addOperations(Operation.newBuilder().setOpId(2)))
              .build());
      ending.accept(answers);
    }

    @Override
    public void diff(DiffRequest request, StreamObserver<DiffResponse> answers) {
      Change change = Change.newBuilder().setAfter(Operation.newBuilder().setOpId(1)).build();
      answers.onNext(
          DiffResponse.newBuilder()
              .setPage(DiffPage.newBuilder().addChanges(change).addChanges(change))
              .build());
      ending.accept(answers);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sync fleet",
        "sync fleet --explain",
        "diff fleet --from 0",
        "tail fleet --no-follow",
        "tail fleet",
      })
  void shouldGiveUpWhereNobodyAnswers(String command) throws Exception {
    // given somebody who listens, and never says a word
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      // when
      CommandRun run = run(command, silent.getLocalPort());

      // then
      assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.UNAVAILABLE.number());
      assertThat(run.err()).contains("in time, but got none", "--timeout");
    }
  }

  @ParameterizedTest
  @EnumSource
  void shouldSayThatASyncIsIncomplete(Ending ending) throws Exception {
    // when
    CommandRun run = runAgainst(ending, "sync fleet");

    // then
    assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.UNAVAILABLE.number());
    assertThat(run.err())
        .contains("after 2 operations: what is shown is incomplete", "from the same --from")
        .doesNotContain("could not connect");
  }

  @ParameterizedTest
  @EnumSource
  void shouldSayThatADiffIsIncomplete(Ending ending) throws Exception {
    // when
    CommandRun run = runAgainst(ending, "diff fleet --from 0");

    // then
    assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.UNAVAILABLE.number());
    assertThat(run.err()).contains("after 2 changes: what is shown is incomplete");
  }

  @Test
  void shouldSayThatTheLogWasCompactedUnderASync() throws Exception {
    // when
    CommandRun run = runAgainst(new BrokenOff(CompactedLog::refuse), "sync fleet");

    // then
    assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.UNAVAILABLE.number());
    assertThat(run.err())
        .contains(
            "the log was compacted under it after 2 operations: what is shown is incomplete",
            "Run it again, from the same --from.",
            "(BELOW_HORIZON, horizon_op_id=4)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"sync fleet --json", "sync fleet --json --explain"})
  void shouldAskOnceMoreWhereTheLogWasCompactedUnderTheQuestion(String command) throws Exception {
    // when
    CompactedLog log = new CompactedLog(1);
    CommandRun again = runAgainst(log, command);
    CompactedLog moving = new CompactedLog(2);
    CommandRun refused = runAgainst(moving, command);

    // then
    assertThat(again.exitCode()).as(again.err()).isEqualTo(ExitCode.OK.number());
    assertThat(again.out()).containsOnlyOnce("\"plan\":\"current\"");
    assertThat(log.questions).isEqualTo(2);
    assertThat(refused.exitCode()).isEqualTo(ExitCode.REFUSED.number());
    assertThat(refused.err()).contains("BELOW_HORIZON", "ask again");
    assertThat(moving.questions).isEqualTo(2);
  }

  /** Refuses the first questions, as if it were compacted under each of them. */
  private static final class CompactedLog extends SyncServiceGrpc.SyncServiceImplBase {

    private static final LogPlan CURRENT = LogPlan.newBuilder().setPlan(Plan.PLAN_CURRENT).build();

    private final int refusals;
    private volatile int questions;

    CompactedLog(int refusals) {
      this.refusals = refusals;
    }

    static void refuse(StreamObserver<?> answers) {
      answers.onError(
          ErrorStatus.exception(
              Refusal.of(new BelowHorizonException("fleet", Log.LOG_MAIN, 1, 4))));
    }

    @Override
    public void sync(SyncRequest request, StreamObserver<SyncResponse> answers) {
      if (isRefused(answers)) {
        return;
      }
      answers.onNext(SyncResponse.newBuilder().setPlan(CURRENT).build());
      answers.onNext(
          SyncResponse.newBuilder().setReceipt(SyncReceipt.getDefaultInstance()).build());
      answers.onCompleted();
    }

    @Override
    public void planSync(PlanSyncRequest request, StreamObserver<PlanSyncResponse> answers) {
      if (isRefused(answers)) {
        return;
      }
      answers.onNext(PlanSyncResponse.newBuilder().setPlan(CURRENT).build());
      answers.onCompleted();
    }

    @SuppressWarnings("NonAtomicOperationOnVolatileField") // One question at a time.
    private boolean isRefused(StreamObserver<?> answers) {
      questions++;
      if (questions <= refusals) {
        refuse(answers);
        return true;
      }
      return false;
    }
  }

  @Test
  void shouldSayWhichAgentDoesNotAnswer() throws Exception {
    // given a coordinator that waits for a8
    BindableService coordinator =
        new DriftServiceGrpc.DriftServiceImplBase() {
          @Override
          public void compareAgents(
              CompareAgentsRequest request, StreamObserver<CompareAgentsResponse> answers) {
            if (!request.getAgentsList().contains("a8")) {
              answers.onNext(
                  CompareAgentsResponse.newBuilder()
                      .addPositions(Position.getDefaultInstance())
                      .build());
              answers.onCompleted();
            }
          }
        };

    // when
    CommandRun run = runAgainst(coordinator, "diff fleet --agents a7 a8");

    // then
    assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.UNAVAILABLE.number());
    assertThat(run.err())
        .contains(
            "Expected agent 'a8' to say what it holds, but it has not within 1.0 s.",
            "`swarmlog agents fleet --server localhost:",
            "--timeout")
        .doesNotContain("a7");
  }

  @Test
  void shouldSayWhetherTheConnectionWasLostOrNothingCame() throws Exception {
    // then
    assertThat(runAgainst(Ending.LOSS, "sync fleet").err()).contains("the connection was lost");
    assertThat(runAgainst(Ending.SILENCE, "sync fleet").err())
        .contains("nothing more came in time");
  }

  private static CommandRun runAgainst(Ending ending, String command) throws Exception {
    return runAgainst(new BrokenOff(ending::of), command);
  }

  private static CommandRun runAgainst(BindableService service, String command) throws Exception {
    return CommandRun.against(command + " --timeout 1s", service);
  }

  private static CommandRun run(String command, int port) {
    return CommandRun.of((command + " --timeout 1s --server localhost:" + port).split(" "));
  }
}
