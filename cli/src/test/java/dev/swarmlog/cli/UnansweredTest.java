package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.v1.AdministrationServiceGrpc;
import dev.swarmlog.v1.GetStatusRequest;
import dev.swarmlog.v1.GetStatusResponse;
import dev.swarmlog.v1.GetSwarmRequest;
import dev.swarmlog.v1.GetSwarmResponse;
import dev.swarmlog.v1.Limits;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.ProducerWelcome;
import dev.swarmlog.v1.PublishServiceGrpc;
import dev.swarmlog.v1.PublishStreamRequest;
import dev.swarmlog.v1.PublishStreamResponse;
import dev.swarmlog.v1.RateLimitFigures;
import dev.swarmlog.v1.SetRateLimitsRequest;
import dev.swarmlog.v1.SetRateLimitsResponse;
import dev.swarmlog.v1.WaitingPublisher;
import io.grpc.stub.StreamObserver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What `publish` says where nobody answers. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class UnansweredTest {

  private static final String LIMIT = "operations of each publisher in commands, 1 per second";

  /** Has the publisher wait for a rate limit, and knows no limits to change. */
  private static final class Administration
      extends AdministrationServiceGrpc.AdministrationServiceImplBase {

    @Override
    public void getStatus(GetStatusRequest request, StreamObserver<GetStatusResponse> answers) {
      answers.onNext(GetStatusResponse.getDefaultInstance());
      answers.onCompleted();
    }

    @Override
    public void getSwarm(GetSwarmRequest request, StreamObserver<GetSwarmResponse> answers) {
      WaitingPublisher waiting =
          WaitingPublisher.newBuilder()
              .setPublisher("swarmlog-cli")
              .setLog(Log.LOG_MAIN)
              .setLimit(LIMIT)
              .build();
      answers.onNext(
          GetSwarmResponse.newBuilder()
              .setRateLimitFigures(RateLimitFigures.newBuilder().addWaitingPublishers(waiting))
              .build());
      answers.onCompleted();
    }

    @Override
    public void setRateLimits(
        SetRateLimitsRequest request, StreamObserver<SetRateLimitsResponse> answers) {
      throw new AssertionError("Expected the command to refuse it, but it asked for " + request);
    }
  }

  /** Takes groups, if at all, and never answers them. */
  private static final class Publishes extends PublishServiceGrpc.PublishServiceImplBase {

    private final boolean welcomes;

    Publishes(boolean welcomes) {
      this.welcomes = welcomes;
    }

    @Override
    public StreamObserver<PublishStreamRequest> publishStream(
        StreamObserver<PublishStreamResponse> answers) {
      return new StreamObserver<>() {
        @Override
        public void onNext(PublishStreamRequest frame) {
          if (frame.hasHello() && welcomes) {
            answers.onNext(
                PublishStreamResponse.newBuilder()
                    .setWelcome(
                        ProducerWelcome.newBuilder()
                            .setProducerEpoch(frame.getHello().getProducerEpoch())
                            .setNextNumber(1)
                            .setMaxInFlightGroups(16)
                            .setLimits(
                                Limits.newBuilder()
                                    .setMaxPayloadBytes(1 << 20)
                                    .setMaxGroupBytes(1 << 20)
                                    .setMaxGroupRecords(100)))
                    .build());
          }
        }

        @Override
        public void onError(Throwable thrown) {}

        @Override
        public void onCompleted() {
          answers.onCompleted();
        }
      };
    }
  }

  @Test
  void shouldSayWhoseLimitAndThatTheOutcomeIsUnknown() throws Exception {
    // when
    CommandRun run = run(true, "publish fleet x");

    // then
    assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.OUTCOME_UNKNOWN.number());
    assertThat(run.err())
        .contains(
            "Expected 1 operation to be taken within 1.0 s, but it was not. It waits for a rate limit: "
                + LIMIT
                + ". Whether that is in the log is not known.",
            "Look with `swarmlog tail fleet --agent swarmlog-cli --server localhost:",
            "before you publish again: it may be there twice then")
        .doesNotContain("the same --idempotency-key");
  }

  @Test
  void shouldAdviseTheSameKeyOnlyWhereOneWasGiven() throws Exception {
    // when
    CommandRun run = run(true, "publish fleet x --idempotency-key k");

    // then
    assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.OUTCOME_UNKNOWN.number());
    assertThat(run.err()).contains("or publish again with the same --idempotency-key");
  }

  @Test
  void shouldSayThatWhatWasNeverSentIsNotInTheLog() throws Exception {
    // when
    CommandRun run = run(false, "publish fleet x");

    // then
    assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.UNAVAILABLE.number());
    assertThat(run.err()).contains("Nothing of that is in the log.", "longer --timeout");
  }

  @Test
  void shouldGiveUpWhereLinesFindNoRoomToWaitIn(@TempDir Path folder) throws Exception {
    // given more than a publisher queues
    Path lines = Files.write(folder.resolve("lines"), Collections.nCopies(30_000, "a line"));

    // when
    CommandRun run = run(true, "publish fleet --lines --file " + lines);

    // then
    assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.OUTCOME_UNKNOWN.number());
    assertThat(run.err())
        .contains("Expected 10,000 operations to be taken within 1.0 s, but they were not.");
  }

  @Test
  void shouldNameTheFlagThatABurstNeeds() throws Exception {
    // when
    CommandRun ofAgent = run(true, "limits fleet --agent-burst 10");
    CommandRun ofSwarm = run(true, "limits fleet --swarm-bytes none --swarm-bytes-burst 4MiB");

    CommandRun small = run(true, "limits fleet --agent-rate 1000/s --agent-burst 99");

    // then
    assertThat(small.exitCode()).isEqualTo(ExitCode.USAGE.number());
    assertThat(small.err())
        .contains(
            "Expected --agent-burst to be at least a tenth of a second's worth, 100 for 1000/s, but got 99.");
    assertThat(ofAgent.exitCode()).isEqualTo(ExitCode.USAGE.number());
    assertThat(ofAgent.err())
        .contains(
            "Expected a rate, such as --agent-rate 100/s, beside --agent-burst, but there is none");
    assertThat(ofSwarm.exitCode()).isEqualTo(ExitCode.USAGE.number());
    assertThat(ofSwarm.err()).contains("such as --swarm-bytes 1MiB/s, beside --swarm-bytes-burst");
  }

  private static CommandRun run(boolean welcomes, String command) throws Exception {
    return CommandRun.against(
        command + " --timeout 1s", new Administration(), new Publishes(welcomes));
  }
}
