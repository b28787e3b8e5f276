package dev.swarmlog.bench.orchestrator;

import dev.swarmlog.bench.v1.Command;
import dev.swarmlog.bench.v1.OrchestratorServiceGrpc.OrchestratorServiceImplBase;
import dev.swarmlog.bench.v1.RegisterRequest;
import dev.swarmlog.bench.v1.RegisterResponse;
import dev.swarmlog.bench.v1.RetryRequest;
import dev.swarmlog.bench.v1.RetryResponse;
import dev.swarmlog.bench.v1.SubmitRequest;
import dev.swarmlog.bench.v1.SubmitResponse;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What the orchestrator answers. Called by gRPC's threads, many at a time. */
final class OrchestratorService extends OrchestratorServiceImplBase implements AutoCloseable {

  private final Dispatch dispatch;
  private final Map<String, RemoteAgent> agents = new ConcurrentHashMap<>();

  OrchestratorService(Dispatch dispatch) {
    this.dispatch = dispatch;
  }

  @Override
  public void register(RegisterRequest request, StreamObserver<RegisterResponse> answer) {
    ManagedChannel channel =
        Grpc.newChannelBuilder(
                "localhost:" + request.getPort(), InsecureChannelCredentials.create())
            .build();
    RemoteAgent before = agents.put(request.getAgent(), new RemoteAgent(channel));
    if (before != null) {
      before.close();
    }
    answer.onNext(RegisterResponse.getDefaultInstance());
    answer.onCompleted();
  }

  @Override
  public void submit(SubmitRequest request, StreamObserver<SubmitResponse> answer) {
    Command command = request.getCommand();
    RemoteAgent agent = agents.get(command.getAgent());
    if (agent == null) {
      answer.onError(unknown(command.getAgent()));
      return;
    }
    Dispatch.Answer answered = dispatch.submit(agent, command);
    if (answered == Dispatch.Answer.TAKEN) {
      answer.onNext(SubmitResponse.getDefaultInstance());
      answer.onCompleted();
    } else {
      answer.onError(refusal(answered));
    }
  }

  @Override
  public void retry(RetryRequest request, StreamObserver<RetryResponse> answer) {
    RemoteAgent agent = agents.get(request.getAgent());
    if (agent == null) {
      answer.onError(unknown(request.getAgent()));
      return;
    }
    int dispatched = 0;
    for (Command command : asked(agent, request)) {
      Dispatch.Answer answered = dispatch.retry(agent, command);
      if (answered != Dispatch.Answer.TAKEN) {
        answer.onError(refusal(answered));
        return;
      }
      dispatched++;
    }
    answer.onNext(RetryResponse.newBuilder().setDispatched(dispatched).build());
    answer.onCompleted();
  }

  private static List<Command> asked(RemoteAgent agent, RetryRequest request) {
    if (request.getAll()) {
      return agent.allFailed();
    }
    Command command = agent.failed(request.getNumber());
    return command == null ? List.of() : List.of(command);
  }

  private static Throwable unknown(String agent) {
    return Status.NOT_FOUND
        .withDescription("Expected an agent that is registered, but got '%s'".formatted(agent))
        .asException();
  }

  private static Throwable refusal(Dispatch.Answer answer) {
    return answer == Dispatch.Answer.BROKEN
        ? Status.UNAVAILABLE
            .withDescription("Expected an agent that works, but its calls fail: try later")
            .asException()
        : Status.RESOURCE_EXHAUSTED
            .withDescription("Expected room in the queue, but it is full: try later")
            .asException();
  }

  @Override
  public void close() {
    dispatch.close();
    agents.values().forEach(RemoteAgent::close);
  }
}
