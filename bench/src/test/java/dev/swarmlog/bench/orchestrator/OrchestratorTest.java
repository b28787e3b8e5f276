package dev.swarmlog.bench.orchestrator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.swarmlog.bench.orchestrator.OrchestratorServer.Manners;
import dev.swarmlog.bench.v1.Command;
import dev.swarmlog.bench.v1.ExecuteRequest;
import dev.swarmlog.bench.v1.ExecuteResponse;
import dev.swarmlog.bench.v1.ExecutionServiceGrpc.ExecutionServiceImplBase;
import dev.swarmlog.bench.v1.OrchestratorServiceGrpc;
import dev.swarmlog.bench.v1.OrchestratorServiceGrpc.OrchestratorServiceBlockingStub;
import dev.swarmlog.bench.v1.RegisterRequest;
import dev.swarmlog.bench.v1.RetryRequest;
import dev.swarmlog.bench.v1.RetryResponse;
import dev.swarmlog.bench.v1.SubmitRequest;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OrchestratorTest {

  private final AtomicInteger attempts = new AtomicInteger();
  private volatile int attemptsThatFail;

  private Server agent;
  private OrchestratorServer orchestrator;
  private ManagedChannel channel;
  private OrchestratorServiceBlockingStub stub;

  @BeforeEach
  void startAgent() throws Exception {
    agent =
        Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
            .addService(
                new ExecutionServiceImplBase() {
                  @Override
                  public void execute(
                      ExecuteRequest request, StreamObserver<ExecuteResponse> answer) {
                    if (attempts.incrementAndGet() <= attemptsThatFail) {
                      answer.onError(Status.INTERNAL.asException());
                    } else {
                      answer.onNext(ExecuteResponse.getDefaultInstance());
                      answer.onCompleted();
                    }
                  }
                })
            .build()
            .start();
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    orchestrator.close();
    agent.shutdownNow();
  }

  @ParameterizedTest
  @EnumSource(Manners.class)
  void shouldTryAgainUntilACommandIsDone(Manners manners) throws Exception {
    // given
    start(manners);
    attemptsThatFail = Dispatch.MAX_ATTEMPTS - 1;

    // when
    submit(1);

    // then
    await().until(() -> attempts.get() == Dispatch.MAX_ATTEMPTS);
    submit(2);
    await().until(() -> attempts.get() == Dispatch.MAX_ATTEMPTS + 1);
  }

  @ParameterizedTest
  @EnumSource(Manners.class)
  void shouldRememberWhatFailedTooOftenUntilItIsAskedFor(Manners manners) throws Exception {
    // given
    start(manners);
    attemptsThatFail = Dispatch.MAX_ATTEMPTS;
    submit(1);
    await().until(() -> attempts.get() == Dispatch.MAX_ATTEMPTS);

    // when
    await().until(() -> retry(RetryRequest.newBuilder().setAll(true)).getDispatched() == 1);

    // then
    await().until(() -> attempts.get() == Dispatch.MAX_ATTEMPTS + 1);
    await().until(() -> retry(RetryRequest.newBuilder().setAll(true)).getDispatched() == 0);
  }

  @Test
  void shouldExecuteAFailedCommandForEveryRequestWhenItIsNaive() throws Exception {
    // given
    start(Manners.NAIVE);
    attemptsThatFail = Integer.MAX_VALUE;
    submit(1);
    await().until(() -> retry(RetryRequest.newBuilder().setNumber(1)).getDispatched() == 1);
    await().until(() -> attempts.get() == 2 * Dispatch.MAX_ATTEMPTS);

    // when
    RetryResponse once = retry(RetryRequest.newBuilder().setNumber(1));
    RetryResponse twice = retry(RetryRequest.newBuilder().setNumber(1));

    // then
    assertThat(once.getDispatched() + twice.getDispatched()).isEqualTo(2);
    await().until(() -> attempts.get() == 4 * Dispatch.MAX_ATTEMPTS);
  }

  @Test
  void shouldNotCallAnAgentThatFailsTooOftenWhenItIsPolite() throws Exception {
    // given
    start(Manners.POLITE);
    attemptsThatFail = Integer.MAX_VALUE;
    for (int number = 1; number <= 6; number++) {
      submit(number);
    }

    // when
    await()
        .until(
            () -> {
              try {
                RetryResponse unused = retry(RetryRequest.newBuilder().setAll(true));
                return false;
              } catch (StatusRuntimeException refused) {
                return refused.getStatus().getCode() == Status.Code.UNAVAILABLE;
              }
            });

    // then: the breaker looks at twenty calls, then lets three through at a time
    assertThat(attempts.get()).isBetween(20, 40);
    attemptsThatFail = 0;
    int before = attempts.get();
    await().until(() -> attempts.get() > before);
  }

  @Test
  void shouldRefuseAnAgentThatNobodyRegistered() throws Exception {
    // given
    start(Manners.NAIVE);

    // then
    assertThatThrownBy(
            () ->
                stub.submit(
                    SubmitRequest.newBuilder()
                        .setCommand(Command.newBuilder().setAgent("stranger"))
                        .build()))
        .hasMessageContaining("NOT_FOUND")
        .hasMessageContaining("stranger");
  }

  private void start(Manners manners) throws Exception {
    orchestrator = OrchestratorServer.start(manners);
    channel =
        Grpc.newChannelBuilder(
                "localhost:" + orchestrator.port(), InsecureChannelCredentials.create())
            .build();
    stub = OrchestratorServiceGrpc.newBlockingStub(channel);
    var unused =
        stub.register(
            RegisterRequest.newBuilder().setAgent("agent").setPort(agent.getPort()).build());
  }

  private void submit(int number) {
    var unused =
        stub.submit(
            SubmitRequest.newBuilder()
                .setCommand(Command.newBuilder().setNumber(number).setAgent("agent"))
                .build());
  }

  private RetryResponse retry(RetryRequest.Builder request) {
    return stub.retry(request.setAgent("agent").build());
  }
}
