package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.path.admit.Admission;
import dev.swarmlog.storage.LogName;
import dev.swarmlog.v1.CompareAgentsRequest;
import dev.swarmlog.v1.CompareAgentsResponse;
import dev.swarmlog.v1.DriftServiceGrpc;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.ListDriftRequest;
import dev.swarmlog.v1.ListDriftResponse;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.ReleaseAgentRequest;
import dev.swarmlog.v1.ReleaseAgentResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import javax.inject.Inject;
import javax.inject.Singleton;
import org.jspecify.annotations.Nullable;

/** The drift service: who held another state than the log. Answers from memory. */
@Singleton
final class DriftEndpoint extends DriftServiceGrpc.DriftServiceImplBase {

  private final StreamContext context;

  @Inject
  DriftEndpoint(StreamContext context) {
    this.context = context;
  }

  @Override
  public void listDrift(ListDriftRequest request, StreamObserver<ListDriftResponse> responses) {
    Responder<ListDriftResponse> responder = responder(responses);
    Refusal refusal = check(request.getSwarm());
    if (refusal != null) {
      responder.refuse(refusal);
      return;
    }
    responder.send(context.drift().list(request.getSwarm()));
    responder.complete();
  }

  @Override
  public void compareAgents(
      CompareAgentsRequest request, StreamObserver<CompareAgentsResponse> responses) {
    Responder<CompareAgentsResponse> responder = responder(responses);
    Refusal refusal = check(request.getSwarm());
    if (refusal == null && (request.getAgentsCount() < 1 || request.getAgentsCount() > 2)) {
      refusal =
          invalid("Expected one or two agents, but got %d.".formatted(request.getAgentsCount()));
    }
    if (refusal == null
        && request.getLog() != Log.LOG_MAIN
        && request.getLog() != Log.LOG_CONTROL) {
      refusal =
          invalid(
              "Expected log to be main or control, but got %s."
                  .formatted(LogName.of(request.getLog())));
    }
    if (refusal != null) {
      responder.refuse(refusal);
      return;
    }
    new AgentComparison(context.sessions(), request, responder).next();
  }

  @Override
  public void releaseAgent(
      ReleaseAgentRequest request, StreamObserver<ReleaseAgentResponse> responses) {
    Responder<ReleaseAgentResponse> responder = responder(responses);
    Refusal refusal = check(request.getSwarm());
    if (refusal == null) {
      refusal = context.admission().checkName("agent", request.getAgent());
    }
    if (refusal == null && !release(request, responder)) {
      refusal =
          invalid(
              "Expected an agent that is not fed because of drift, but '%s' is not one."
                  .formatted(request.getAgent()));
    }
    if (refusal != null) {
      responder.refuse(refusal);
    }
  }

  /** Answers whether the agent was stopped; then the call is answered, now or later. */
  private boolean release(ReleaseAgentRequest request, Responder<ReleaseAgentResponse> responder) {
    String swarm = request.getSwarm();
    return context
        .drift()
        .release(
            swarm,
            request.getAgent(),
            context.shards().of(swarm).writer(),
            durable -> {
              if (durable) {
                responder.send(ReleaseAgentResponse.getDefaultInstance());
                responder.complete();
              } else {
                responder.refuse(
                    Refusal.of(
                        ErrorReason.ERROR_REASON_OVERLOADED,
                        "Expected to log that agent '%s' is fed again, but the shard takes nothing now: try again."
                            .formatted(request.getAgent())));
              }
            });
  }

  private @Nullable Refusal check(String swarm) {
    Refusal refusal = context.admission().checkName("swarm", swarm);
    if (refusal == null && context.shards().of(swarm).log().swarm(swarm).isEmpty()) {
      refusal = Admission.notFound(swarm);
    }
    return refusal;
  }

  private static Refusal invalid(String message) {
    return Refusal.of(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, message);
  }

  private <T> Responder<T> responder(StreamObserver<T> responses) {
    return context.responder((ServerCallStreamObserver<T>) responses);
  }
}
