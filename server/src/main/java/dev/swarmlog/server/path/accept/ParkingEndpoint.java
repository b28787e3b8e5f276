package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.path.Shard;
import dev.swarmlog.server.path.admit.Admission;
import dev.swarmlog.server.path.batch.ShardWriter;
import dev.swarmlog.server.path.commit.Proposal;
import dev.swarmlog.server.path.fair.Flow;
import dev.swarmlog.storage.FailedOperation;
import dev.swarmlog.storage.FailedPage;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.SwarmState;
import dev.swarmlog.storage.v1.Command;
import dev.swarmlog.storage.v1.PurgeParked;
import dev.swarmlog.storage.v1.ReplayParked;
import dev.swarmlog.v1.Durability;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.GetParkedRequest;
import dev.swarmlog.v1.GetParkedResponse;
import dev.swarmlog.v1.ListParkedRequest;
import dev.swarmlog.v1.ListParkedResponse;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.ParkedOperation;
import dev.swarmlog.v1.ParkingServiceGrpc;
import dev.swarmlog.v1.PurgeParkedRequest;
import dev.swarmlog.v1.PurgeParkedResponse;
import dev.swarmlog.v1.ReplayParkedRequest;
import dev.swarmlog.v1.ReplayParkedResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;
import javax.inject.Inject;
import javax.inject.Singleton;
import org.jspecify.annotations.Nullable;

/**
 * The parking service: what agents could not apply. Reads on threads that may block; changes go
 * through the data path.
 */
@Singleton
final class ParkingEndpoint extends ParkingServiceGrpc.ParkingServiceImplBase {

  private static final int DEFAULT_PAGE_SIZE = 100;
  private static final long MAX_PAGE_BYTES = 16 << 20;

  private final StreamContext context;

  @Inject
  ParkingEndpoint(StreamContext context) {
    this.context = context;
  }

  @Override
  public void listParked(ListParkedRequest request, StreamObserver<ListParkedResponse> responses) {
    Responder<ListParkedResponse> responder = responder(responses);
    Refusal refusal =
        request.getAgent().isEmpty()
            ? null
            : context.admission().checkName("agent", request.getAgent());
    Optional<FailedOperation.Id> after = ParkedToken.parse(request.getPageToken());
    if (refusal == null && after.isEmpty() && !request.getPageToken().isEmpty()) {
      refusal =
          invalid("Expected page_token as answered with the page before, but got another text.");
    }
    read(
        request.getSwarm(),
        refusal,
        responder,
        (shard, swarm) -> responder.send(page(request, after, shard, swarm)));
  }

  @Override
  public void getParked(GetParkedRequest request, StreamObserver<GetParkedResponse> responses) {
    Responder<GetParkedResponse> responder = responder(responses);
    FailedOperation.Id id =
        new FailedOperation.Id(request.getAgent(), log(request.getLog()), request.getOpId());
    read(
        request.getSwarm(),
        check(request.getAgent(), id.log()),
        responder,
        (shard, swarm) ->
            shard
                .log()
                .findFailed(swarm.name(), id)
                .ifPresentOrElse(
                    found ->
                        responder.send(
                            GetParkedResponse.newBuilder().setOperation(toProto(found)).build()),
                    () -> responder.refuse(notParked(id))));
  }

  @Override
  public void replayParked(
      ReplayParkedRequest request, StreamObserver<ReplayParkedResponse> responses) {
    Responder<ReplayParkedResponse> responder = responder(responses);
    Log log = log(request.getLog());
    Command command =
        Command.newBuilder()
            .setReplayParked(
                ReplayParked.newBuilder()
                    .setSwarm(request.getSwarm())
                    .setAgent(request.getAgent())
                    .setLog(log)
                    .setOpId(request.getOpId()))
            .build();
    propose(
        request.getSwarm(),
        check(request.getAgent(), log),
        command,
        responder,
        outcome ->
            outcome instanceof Outcome.ParkedReplayed replayed
                ? ReplayParkedResponse.newBuilder()
                    .setReplayedCount(replayed.replayed())
                    .setSupersededCount(replayed.settled())
                    .setComplete(replayed.complete())
                    .build()
                : null);
  }

  @Override
  public void purgeParked(
      PurgeParkedRequest request, StreamObserver<PurgeParkedResponse> responses) {
    Responder<PurgeParkedResponse> responder = responder(responses);
    Log log = log(request.getLog());
    Refusal refusal = request.getAgent().isEmpty() ? checkLog(log) : check(request.getAgent(), log);
    if (refusal == null && request.getAgent().isEmpty() && request.getOpId() != 0) {
      refusal = invalid("Expected the agent of the operation, but got none.");
    }
    Command command =
        Command.newBuilder()
            .setPurgeParked(
                PurgeParked.newBuilder()
                    .setSwarm(request.getSwarm())
                    .setAgent(request.getAgent())
                    .setLog(log)
                    .setOpId(request.getOpId()))
            .build();
    propose(
        request.getSwarm(),
        refusal,
        command,
        responder,
        outcome ->
            outcome instanceof Outcome.ParkedPurged purged
                ? PurgeParkedResponse.newBuilder()
                    .setPurgedCount(purged.purged())
                    .setComplete(purged.complete())
                    .build()
                : null);
  }

  private ListParkedResponse page(
      ListParkedRequest request,
      Optional<FailedOperation.Id> after,
      Shard shard,
      SwarmState swarm) {
    int size =
        request.getPageSize() <= 0
            ? DEFAULT_PAGE_SIZE
            : Math.min(request.getPageSize(), context.limits().maxListPageSize());
    FailedPage page =
        shard
            .log()
            .readFailed(
                swarm.name(),
                request.getAgent(),
                request.getIncludeRetries(),
                after,
                size,
                MAX_PAGE_BYTES);
    ListParkedResponse.Builder response =
        ListParkedResponse.newBuilder()
            .setParkedCount(swarm.failures().parked())
            .setRetryCount(swarm.failures().retries())
            .setBytes(swarm.failures().bytes())
            .setNextPageToken(page.next().map(ParkedToken::of).orElse(""));
    for (FailedOperation failed : page.operations()) {
      ParkedOperation.Builder listed = toProto(failed).toBuilder();
      listed.getOperationBuilder().getPayloadBuilder().clearData();
      response.addOperations(listed);
    }
    return response.build();
  }

  private void read(
      String name,
      @Nullable Refusal refusal,
      Responder<?> responder,
      BiConsumer<Shard, SwarmState> read) {
    Shard shard = context.shards().of(name);
    Optional<SwarmState> swarm = shard.log().swarm(name);
    Refusal why = refuse(name, refusal, swarm);
    if (why != null) {
      responder.refuse(why);
      return;
    }
    new SteppedRead(
            context.readers(),
            responder,
            () -> true,
            () -> {
              read.accept(shard, swarm.orElseThrow());
              responder.complete();
              return false;
            },
            "reading what is parked")
        .wake();
  }

  /**
   * Proposes a change, and answers what became of it.
   *
   * @param answer null for an outcome that is a refusal
   */
  private <T> void propose(
      String name,
      @Nullable Refusal refusal,
      Command command,
      Responder<T> responder,
      Function<Outcome, @Nullable T> answer) {
    Shard shard = context.shards().of(name);
    Refusal why = refuse(name, refusal, shard.log().swarm(name));
    if (why != null) {
      responder.refuse(why);
      return;
    }
    Proposal.Listener listener =
        new Proposal.Listener() {
          @Override
          public void settled(Outcome outcome, Durability durability) {
            T response = answer.apply(outcome);
            if (response == null) {
              responder.refuse(Outcomes.refusal(outcome));
            } else {
              responder.send(response);
              responder.complete();
            }
          }

          @Override
          public void abandoned() {
            responder.refuse(Admission.shuttingDown());
          }
        };
    ShardWriter.Reception reception =
        shard
            .writer()
            .propose(
                new Proposal(Flow.ofSwarm(name), command, command.getSerializedSize(), listener));
    if (reception != ShardWriter.Reception.TAKEN) {
      responder.refuse(Admission.notTaken(reception));
    }
  }

  private @Nullable Refusal refuse(
      String name, @Nullable Refusal refusal, Optional<SwarmState> swarm) {
    Refusal why = context.admission().checkName("swarm", name);
    if (why == null) {
      why = refusal;
    }
    return why == null && swarm.isEmpty() ? Admission.notFound(name) : why;
  }

  private @Nullable Refusal check(String agent, Log log) {
    Refusal refusal = context.admission().checkName("agent", agent);
    return refusal == null ? checkLog(log) : refusal;
  }

  private static @Nullable Refusal checkLog(Log log) {
    return log == Log.LOG_MAIN || log == Log.LOG_CONTROL
        ? null
        : invalid("Expected log to be main or control, but got another one.");
  }

  private static Log log(Log asked) {
    return switch (asked) {
      case LOG_UNSPECIFIED -> Log.LOG_MAIN;
      // A number that has no name yet cannot be set in a command.
      case UNRECOGNIZED -> Log.LOG_UNSPECIFIED;
      default -> asked;
    };
  }

  private static ParkedOperation toProto(FailedOperation failed) {
    return ParkedOperation.newBuilder()
        .setAgent(failed.agent())
        .setLog(failed.log())
        .setOperation(failed.operation())
        .setAttempts(failed.attempts())
        .setStatus(failed.status())
        .setParkedUnixNano(failed.parkedUnixNs())
        .setRetryAtUnixNano(failed.retryAtUnixNs())
        .setReleasedOpId(failed.releasedOpId())
        .setOperationBytes(failed.operation().getSerializedSize())
        .build();
  }

  private static Refusal notParked(FailedOperation.Id id) {
    return Refusal.of(
        ErrorReason.ERROR_REASON_NOT_PARKED,
        "Expected operation %s to be parked for agent '%s', but it is not."
            .formatted(Long.toUnsignedString(id.opId()), id.agent()));
  }

  private static Refusal invalid(String message) {
    return Refusal.of(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, message);
  }

  private <T> Responder<T> responder(StreamObserver<T> responses) {
    return context.responder((ServerCallStreamObserver<T>) responses);
  }
}
