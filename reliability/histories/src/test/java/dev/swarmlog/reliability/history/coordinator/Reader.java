package dev.swarmlog.reliability.history.coordinator;

import dev.swarmlog.reliability.history.Answer;
import dev.swarmlog.reliability.history.Entry;
import dev.swarmlog.reliability.history.Recorder;
import dev.swarmlog.reliability.history.Request;
import dev.swarmlog.v1.AdministrationServiceGrpc;
import dev.swarmlog.v1.AllAgents;
import dev.swarmlog.v1.EveryRole;
import dev.swarmlog.v1.GetSwarmRequest;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.ObservationServiceGrpc;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Self;
import dev.swarmlog.v1.SyncRequest;
import dev.swarmlog.v1.SyncResponse;
import dev.swarmlog.v1.SyncServiceGrpc;
import dev.swarmlog.v1.TailRequest;
import dev.swarmlog.v1.TailResponse;
import dev.swarmlog.v1.Topic;
import dev.swarmlog.v1.View;
import dev.swarmlog.v1.ViewScope;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/** The reading half of a client: heads, tails and syncs, noted in the history. One thread. */
final class Reader {

  /** Where a log without any operation stands. */
  private static final Position BEGINNING = Position.newBuilder().setLog(Log.LOG_MAIN).build();

  private final String client;
  private final String swarm;
  private final Recorder recorder;
  private final Connection connection;
  private final Power power;

  /** Positions that the coordinator told this client. */
  private final List<Position> known = new ArrayList<>(List.of(BEGINNING));

  Reader(String client, String swarm, Recorder recorder, Connection connection, Power power) {
    this.client = client;
    this.swarm = swarm;
    this.recorder = recorder;
    this.connection = connection;
    this.power = power;
  }

  /** A position that was told by an ack. */
  void learn(Position position) {
    known.add(position);
  }

  List<Position> known() {
    return known;
  }

  /**
   * Asks for the head.
   *
   * @return whether there was an answer
   */
  boolean head() {
    Recorder.Begun call = recorder.begin(client, new Request.AskHead());
    try {
      Position head =
          AdministrationServiceGrpc.newBlockingStub(connection.channel())
              .withDeadlineAfter(Connection.PATIENCE_SECONDS, TimeUnit.SECONDS)
              .getSwarm(GetSwarmRequest.newBuilder().setName(swarm).build())
              .getSwarm()
              .getMainHead();
      call.end(new Answer.Head(head.getOpId(), Contents.hex(head.getRunningHash())));
      learn(head);
      return answered();
    } catch (StatusRuntimeException e) {
      if (isGone(e)) {
        call.end(new Answer.Head(0, ""));
        return answered();
      }
      call.end(new Answer.Unknown());
      return failed(e);
    }
  }

  /** Reads everything behind a position, up to the head. */
  boolean tail(Position from) {
    Recorder.Begun call = recorder.begin(client, new Request.Tail(from.getOpId()));
    List<Entry> entries = new ArrayList<>();
    Position to = from;
    boolean whole = false;
    try {
      Iterator<TailResponse> frames =
          ObservationServiceGrpc.newBlockingStub(connection.channel())
              .withDeadlineAfter(Connection.PATIENCE_SECONDS, TimeUnit.SECONDS)
              .tail(
                  TailRequest.newBuilder()
                      .setSwarm(swarm)
                      .setLog(Log.LOG_MAIN)
                      .setAfterOpId(from.getOpId())
                      .setStopAtHead(true)
                      .build());
      while (frames.hasNext()) {
        TailResponse frame = frames.next();
        if (frame.hasDelivery()) {
          to = frame.getDelivery().getTo();
          add(frame.getDelivery().getOperationsList(), entries);
        } else if (frame.hasCaughtUp()) {
          to = frame.getCaughtUp().getPosition();
          whole = true;
        }
      }
      call.end(new Answer.Read(entries, to.getOpId(), hash(to), whole));
      learn(to);
      return answered();
    } catch (StatusRuntimeException e) {
      if (isGone(e)) {
        call.end(new Answer.Read(List.of(), from.getOpId(), "", from.getOpId() == 0));
      } else if (whole || !entries.isEmpty()) {
        call.end(new Answer.Read(entries, to.getOpId(), hash(to), whole));
      } else {
        call.end(new Answer.Unknown());
      }
      return failed(e);
    }
  }

  /** Syncs from a position with a view of some scopes. */
  boolean sync(Position from, Set<String> scopes) {
    Recorder.Begun call = recorder.begin(client, new Request.Sync(from.getOpId(), scopes));
    List<Entry> entries = new ArrayList<>();
    try {
      Iterator<SyncResponse> frames =
          SyncServiceGrpc.newBlockingStub(connection.channel())
              .withDeadlineAfter(Connection.PATIENCE_SECONDS, TimeUnit.SECONDS)
              .sync(
                  SyncRequest.newBuilder()
                      .setSwarm(swarm)
                      .setAgent(Contents.AGENT)
                      .addRoles(Contents.ROLE)
                      .setView(view(scopes))
                      .setResume(LogResume.newBuilder().setPosition(from))
                      .build());
      Position target = null;
      while (frames.hasNext()) {
        SyncResponse frame = frames.next();
        add(frame.getPage().getOperationsList(), entries);
        if (frame.hasReceipt()) {
          target = frame.getReceipt().getTarget();
        }
      }
      if (target == null) {
        call.end(new Answer.Unknown());
        return true;
      }
      call.end(new Answer.Read(entries, target.getOpId(), hash(target), true));
      learn(target);
      return answered();
    } catch (StatusRuntimeException e) {
      call.end(new Answer.Unknown());
      return failed(e);
    }
  }

  private static void add(List<Operation> operations, List<Entry> entries) {
    operations.forEach(operation -> entries.add(Contents.entry(operation)));
  }

  private static String hash(Position position) {
    return Contents.hex(position.getRunningHash());
  }

  private static View view(Set<String> scopes) {
    View.Builder view = View.newBuilder();
    for (String scope : new TreeSet<>(scopes)) {
      ViewScope.Builder wanted = ViewScope.newBuilder().setTopic(Topic.TOPIC_COMMANDS);
      switch (scope) {
        case Contents.ALL_SCOPE -> wanted.setAll(AllAgents.getDefaultInstance());
        case Contents.AGENT_SCOPE -> wanted.setSelf(Self.getDefaultInstance());
        default -> wanted.setRoles(EveryRole.getDefaultInstance());
      }
      view.addScopes(wanted);
    }
    return view.build();
  }

  private boolean answered() {
    power.readerAnswered();
    return true;
  }

  private boolean failed(StatusRuntimeException e) {
    if (Connection.reason(e).isEmpty()) {
      connection.drop();
    }
    return false;
  }

  /** A swarm that was there, and is not any more, has an empty log. */
  private static boolean isGone(StatusRuntimeException e) {
    return Connection.reason(e).equals(java.util.Optional.of("SWARM_NOT_FOUND"));
  }
}
