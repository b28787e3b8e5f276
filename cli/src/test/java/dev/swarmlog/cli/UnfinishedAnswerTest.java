package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.v1.Change;
import dev.swarmlog.v1.DiffPage;
import dev.swarmlog.v1.DiffRequest;
import dev.swarmlog.v1.DiffResponse;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.SyncPage;
import dev.swarmlog.v1.SyncRequest;
import dev.swarmlog.v1.SyncResponse;
import dev.swarmlog.v1.SyncServiceGrpc;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.TimeUnit;
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

    private final Ending ending;

    BrokenOff(Ending ending) {
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
      ending.of(answers);
    }

    @Override
    public void diff(DiffRequest request, StreamObserver<DiffResponse> answers) {
      Change change = Change.newBuilder().setAfter(Operation.newBuilder().setOpId(1)).build();
      answers.onNext(
          DiffResponse.newBuilder()
              .setPage(DiffPage.newBuilder().addChanges(change).addChanges(change))
              .build());
      ending.of(answers);
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
  void shouldSayWhetherTheConnectionWasLostOrNothingCame() throws Exception {
    // then
    assertThat(runAgainst(Ending.LOSS, "sync fleet").err()).contains("the connection was lost");
    assertThat(runAgainst(Ending.SILENCE, "sync fleet").err())
        .contains("nothing more came in time");
  }

  private static CommandRun runAgainst(Ending ending, String command) throws Exception {
    Server server =
        Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
            .addService(new BrokenOff(ending))
            .build()
            .start();
    try {
      return run(command, server.getPort());
    } finally {
      server.shutdownNow();
    }
  }

  private static CommandRun run(String command, int port) {
    return CommandRun.of((command + " --timeout 1s --server localhost:" + port).split(" "));
  }
}
