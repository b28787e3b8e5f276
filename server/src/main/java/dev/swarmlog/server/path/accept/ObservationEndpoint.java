package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.path.Shard;
import dev.swarmlog.server.path.admit.Admission;
import dev.swarmlog.storage.LogName;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.storage.SwarmState;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.GetOperationLifeRequest;
import dev.swarmlog.v1.GetOperationLifeResponse;
import dev.swarmlog.v1.GetOverviewRequest;
import dev.swarmlog.v1.GetOverviewResponse;
import dev.swarmlog.v1.ListBacklogsRequest;
import dev.swarmlog.v1.ListBacklogsResponse;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.ObservationServiceGrpc;
import dev.swarmlog.v1.TailRequest;
import dev.swarmlog.v1.TailResponse;
import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.util.Map;
import java.util.function.BiConsumer;
import javax.inject.Inject;
import org.jspecify.annotations.Nullable;

/** The observation service: people and tools that look on. */
final class ObservationEndpoint implements BindableService {

  private static final MethodDescriptor<TailRequest, Outbound> TAIL =
      Services.delivering(
          ObservationServiceGrpc.getTailMethod(), TailResponse.getDefaultInstance());

  private static final int DEFAULT_LISTED = 100;
  private static final int MAX_LISTED = 1_000;

  private final StreamContext context;
  private final Overview overview;

  @Inject
  ObservationEndpoint(StreamContext context, Overview overview) {
    this.context = context;
    this.overview = overview;
  }

  @Override
  public ServerServiceDefinition bindService() {
    return ServerServiceDefinition.builder(
            Services.replacing(ObservationServiceGrpc.getServiceDescriptor(), TAIL))
        .addMethod(TAIL, ServerCalls.asyncServerStreamingCall(this::tail))
        .addMethod(
            ObservationServiceGrpc.getGetOperationLifeMethod(),
            ServerCalls.asyncUnaryCall(this::getOperationLife))
        .addMethod(
            ObservationServiceGrpc.getGetOverviewMethod(),
            ServerCalls.asyncUnaryCall(this::getOverview))
        .addMethod(
            ObservationServiceGrpc.getListBacklogsMethod(),
            ServerCalls.asyncUnaryCall(this::listBacklogs))
        .build();
  }

  private void tail(TailRequest request, StreamObserver<Outbound> responses) {
    ServerCallStreamObserver<Outbound> call = (ServerCallStreamObserver<Outbound>) responses;
    Responder<Outbound> responder = context.responder(call);
    Refusal refusal = context.admission().checkTail(request);
    if (refusal == null) {
      refusal = context.overloaded();
    }
    if (refusal != null) {
      responder.refuse(refusal);
      return;
    }
    context.find(
        request.getSwarm(),
        responder,
        (shard, swarm) ->
            tail(request, responder, new TailStream(context, responder, shard, swarm, request)));
  }

  private void tail(TailRequest request, Responder<Outbound> responder, TailStream stream) {
    responder.whenReady(stream::wake);
    responder.whenClosed(stream::closed);
    context.openStreams().opened(stream);
    if (request.getLog() == Log.LOG_TELEMETRY) {
      stream.startTelemetry();
    } else {
      stream.startLog();
    }
  }

  private void getOperationLife(
      GetOperationLifeRequest request, StreamObserver<GetOperationLifeResponse> responses) {
    Responder<GetOperationLifeResponse> responder = responder(responses);
    Log log = request.getLog() == Log.LOG_UNSPECIFIED ? Log.LOG_MAIN : request.getLog();
    Refusal refusal = context.admission().checkName("swarm", request.getSwarm());
    if (refusal == null && !request.getAgent().isEmpty()) {
      refusal = context.admission().checkName("agent", request.getAgent());
    }
    if (refusal == null && log != Log.LOG_MAIN && log != Log.LOG_CONTROL) {
      refusal = invalid("Expected log to be main or control, but got another one.");
    }
    if (refusal == null && request.getOpId() == 0) {
      refusal = invalid("Expected op_id to be from 1 on, but got 0.");
    }
    read(
        request.getSwarm(),
        refusal,
        responder,
        "telling the life of an operation",
        (shard, swarm) -> {
          StoredOperation stored =
              Long.compareUnsigned(request.getOpId(), swarm.head(log).getOpId()) > 0
                  ? null
                  : shard.log().operation(swarm.name(), log, request.getOpId()).orElse(null);
          if (stored == null) {
            responder.refuse(notThere(swarm, log, request.getOpId()));
            return;
          }
          responder.send(
              new OperationLife(LifeSubject.of(context, shard, swarm, log, stored))
                  .tell(
                      request.getAgent(),
                      listed(request.getMaxAgents(), OperationLife.MAX_LISTED_AGENTS)));
        });
  }

  private void getOverview(
      GetOverviewRequest request, StreamObserver<GetOverviewResponse> responses) {
    Responder<GetOverviewResponse> responder = responder(responses);
    String only = request.getSwarm();
    Refusal refusal = only.isEmpty() ? null : context.admission().checkName("swarm", only);
    if (refusal == null
        && !only.isEmpty()
        && context.shards().of(only).log().swarm(only).isEmpty()) {
      refusal = Admission.notFound(only);
    }
    if (refusal != null) {
      responder.refuse(refusal);
      return;
    }
    onReader(
        responder,
        "telling how the swarms are doing",
        () ->
            responder.send(
                overview.tell(
                    request.getOrder(), only, listed(request.getMaxSwarms(), DEFAULT_LISTED))));
  }

  private void listBacklogs(
      ListBacklogsRequest request, StreamObserver<ListBacklogsResponse> responses) {
    Responder<ListBacklogsResponse> responder = responder(responses);
    read(
        request.getSwarm(),
        context.admission().checkName("swarm", request.getSwarm()),
        responder,
        "listing backlogs",
        (shard, swarm) ->
            responder.send(
                AgentBacklogs.list(
                    context.sessions().ofSwarm(swarm.name()),
                    listed(request.getMaxAgents(), DEFAULT_LISTED),
                    context.time().monotonicNs())));
  }

  private void read(
      String name,
      @Nullable Refusal refusal,
      Responder<?> responder,
      String what,
      BiConsumer<Shard, SwarmState> read) {
    if (refusal != null) {
      responder.refuse(refusal);
      return;
    }
    context.find(
        name,
        responder,
        (shard, swarm) -> onReader(responder, what, () -> read.accept(shard, swarm)));
  }

  private void onReader(Responder<?> responder, String what, Runnable read) {
    new SteppedRead(
            context.readers(),
            responder,
            () -> true,
            () -> {
              read.run();
              responder.complete();
              return false;
            },
            what)
        .wake();
  }

  /** Why an operation is not told of. */
  private static Refusal notThere(SwarmState swarm, Log log, long opId) {
    long head = swarm.head(log).getOpId();
    if (Long.compareUnsigned(opId, head) > 0) {
      return Refusal.of(
          ErrorReason.ERROR_REASON_INVALID_ARGUMENT,
          "Expected an operation up to the head of %s of swarm '%s', %d, but got %s."
              .formatted(LogName.of(log), swarm.name(), head, Long.toUnsignedString(opId)),
          Map.of("head_op_id", Long.toString(head)));
    }
    return Refusal.of(
        ErrorReason.ERROR_REASON_BELOW_HORIZON,
        "Expected an operation above the horizon of %s of swarm '%s', %d, but got %d: it has been compacted."
            .formatted(LogName.of(log), swarm.name(), swarm.horizonOpId(log), opId));
  }

  private static int listed(int asked, int byDefault) {
    return asked <= 0 ? byDefault : Math.min(asked, MAX_LISTED);
  }

  private static Refusal invalid(String message) {
    return Refusal.of(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, message);
  }

  private <T> Responder<T> responder(StreamObserver<T> responses) {
    return context.responder((ServerCallStreamObserver<T>) responses);
  }
}
