package dev.swarmlog.server.path.accept;

import dev.swarmlog.otel.trace.GroupTrace;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.grpc.Connection;
import dev.swarmlog.server.grpc.Principals;
import dev.swarmlog.server.path.Shard;
import dev.swarmlog.server.path.admit.Admission;
import dev.swarmlog.server.path.admit.Exclusion;
import dev.swarmlog.server.path.admit.RateGate;
import dev.swarmlog.server.path.admit.RateGate.Demand;
import dev.swarmlog.server.path.admit.RateGate.Ticket;
import dev.swarmlog.server.path.batch.ShardWriter;
import dev.swarmlog.server.path.commit.Proposal;
import dev.swarmlog.server.path.fair.Flow;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.v1.Append;
import dev.swarmlog.storage.v1.Command;
import dev.swarmlog.v1.Durability;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishRequest;
import dev.swarmlog.v1.PublishResponse;
import dev.swarmlog.v1.PublishServiceGrpc;
import dev.swarmlog.v1.PublishStreamRequest;
import dev.swarmlog.v1.PublishStreamResponse;
import dev.swarmlog.v1.TelemetryRequest;
import dev.swarmlog.v1.TelemetryResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import javax.inject.Inject;
import org.jspecify.annotations.Nullable;

/** The publish service: single publishes, and streams of producers and of telemetry. */
final class PublishEndpoint extends PublishServiceGrpc.PublishServiceImplBase {

  private final StreamContext context;

  @Inject
  PublishEndpoint(StreamContext context) {
    this.context = context;
  }

  @Override
  public void publish(PublishRequest request, StreamObserver<PublishResponse> responses) {
    Responder<PublishResponse> responder =
        context.responder((ServerCallStreamObserver<PublishResponse>) responses);
    Refusal misnamed = checkNames(request);
    if (misnamed != null) {
      responder.refuse(misnamed);
      return;
    }
    Exclusion exclusion = context.breakers().exclusion(request.getSwarm(), request.getPublisher());
    if (exclusion != null) {
      context.heldCalls().refuse(exclusion, responder);
      return;
    }
    Connection.serves(request.getSwarm(), request.getPublisher());
    PublisherConduct conduct = context.conduct(request.getSwarm(), request.getPublisher());
    Refusal refusal = check(request);
    if (refusal != null) {
      refuse(conduct, responder, refusal);
      return;
    }
    String principal = Principals.current().name();
    UnaryWait wait = new UnaryWait();
    responder.whenClosed(wait::closed);
    context
        .admission()
        .enter(
            request.getSwarm(),
            responder.orRefuse(
                (shard, swarm) -> {
                  ReceivedGroup received =
                      context.received(
                          request.getSwarm(), request.getPublisher(), request.getGroup());
                  wait.begin(
                      context
                          .rateGate()
                          .ask(
                              demand(request),
                              new RateGate.Listener() {
                                @Override
                                public void passed() {
                                  received.passed();
                                  propose(request, received, shard, principal, conduct, responder);
                                }

                                @Override
                                public void refused(Refusal refusal) {
                                  received.refused(refusal);
                                  refuse(conduct, responder, refusal);
                                }
                              }));
                  received.waits();
                }));
  }

  @Override
  public StreamObserver<PublishStreamRequest> publishStream(
      StreamObserver<PublishStreamResponse> responses) {
    return PublishStream.open(context, (ServerCallStreamObserver<PublishStreamResponse>) responses);
  }

  @Override
  public StreamObserver<TelemetryRequest> telemetry(StreamObserver<TelemetryResponse> responses) {
    return TelemetryStream.open(context, (ServerCallStreamObserver<TelemetryResponse>) responses);
  }

  private @Nullable Refusal checkNames(PublishRequest request) {
    Refusal refusal = context.admission().checkName("swarm", request.getSwarm());
    return refusal == null
        ? context.admission().checkName("publisher", request.getPublisher())
        : refusal;
  }

  private @Nullable Refusal check(PublishRequest request) {
    Refusal refusal =
        context.admission().checkUnaryGroup(request.getGroup(), logOf(request.getGroup()));
    if (refusal == null && logOf(request.getGroup()) != Log.LOG_CONTROL) {
      refusal = context.withoutRoomForData();
    }
    if (refusal == null && context.sessions().draining()) {
      refusal = Admission.shuttingDown();
    }
    return refusal;
  }

  /** What it asks the rate limits for; nothing but its bound stops its client from asking more. */
  private Demand demand(PublishRequest request) {
    PublishGroup group = request.getGroup();
    return Demand.of(
        request.getSwarm(),
        request.getPublisher(),
        logOf(group),
        group.getRecordsList(),
        group.getSerializedSize(),
        context.time().monotonicNs(),
        /* alone= */ true);
  }

  /** The place of a call among those that wait, given back when the call is over. */
  private static final class UnaryWait {

    private @Nullable Ticket ticket;
    private boolean closed;

    void begin(Ticket given) {
      synchronized (this) {
        ticket = given;
        if (!closed) {
          return;
        }
      }
      given.withdraw();
    }

    void closed() {
      Ticket given;
      synchronized (this) {
        closed = true;
        given = ticket;
      }
      if (given != null) {
        given.withdraw();
      }
    }
  }

  /** The log of the first record; every record must lie in it. */
  private static Log logOf(PublishGroup group) {
    return group.getRecordsCount() == 0
        ? Log.LOG_MAIN
        : Admission.logOf(group.getRecords(0).getTopic());
  }

  private static void refuse(
      PublisherConduct conduct, Responder<PublishResponse> responder, Refusal refusal) {
    conduct.refused(refusal);
    responder.refuse(refusal);
  }

  private static void propose(
      PublishRequest request,
      ReceivedGroup received,
      Shard shard,
      String principal,
      PublisherConduct conduct,
      Responder<PublishResponse> responder) {
    Command command =
        Command.newBuilder()
            .setAppend(
                Append.newBuilder()
                    .setSwarm(request.getSwarm())
                    .setLog(logOf(request.getGroup()))
                    .setPublisher(request.getPublisher())
                    .setPrincipal(principal)
                    .setGroup(received.group()))
            .build();
    Proposal.Listener listener =
        new Proposal.Listener() {
          @Override
          public void settled(Outcome outcome, Durability durability) {
            if (outcome instanceof Outcome.Appended appended) {
              received.appended(appended);
              shard.deliveries().received(request.getSwarm(), appended, received.receivedNs());
              conduct.accepted();
              responder.send(
                  PublishResponse.newBuilder()
                      .setAck(Outcomes.ack(0, appended, durability))
                      .build());
              responder.complete();
            } else {
              Refusal refusal = Outcomes.refusal(outcome);
              received.refused(refusal);
              refuse(conduct, responder, refusal);
            }
          }

          @Override
          public GroupTrace trace() {
            return received.trace();
          }

          @Override
          public void abandoned() {
            received.refused(Admission.shuttingDown());
            responder.refuse(Admission.shuttingDown());
          }
        };
    Flow flow = new Flow(request.getSwarm(), request.getPublisher());
    ShardWriter.Reception reception =
        shard.writer().propose(new Proposal(flow, command, command.getSerializedSize(), listener));
    if (reception != ShardWriter.Reception.TAKEN) {
      Refusal refusal = Admission.notTaken(reception);
      received.refused(refusal);
      responder.refuse(refusal);
    }
  }
}
