package dev.swarmlog.server.contract;

import dev.swarmlog.server.Surroundings;
import dev.swarmlog.server.SwarmlogServer;
import dev.swarmlog.server.configuration.ServerConfiguration;
import dev.swarmlog.v1.AdministrationServiceGrpc;
import dev.swarmlog.v1.AdministrationServiceGrpc.AdministrationServiceBlockingStub;
import dev.swarmlog.v1.ConnectedAgent;
import dev.swarmlog.v1.ControlRequest;
import dev.swarmlog.v1.ControlResponse;
import dev.swarmlog.v1.DataRequest;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.DiffRequest;
import dev.swarmlog.v1.DiffResponse;
import dev.swarmlog.v1.GetStatusRequest;
import dev.swarmlog.v1.GetStatusResponse;
import dev.swarmlog.v1.GetSwarmRequest;
import dev.swarmlog.v1.GetSwarmResponse;
import dev.swarmlog.v1.ListAgentsRequest;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.ObservationServiceGrpc;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.PlanSyncRequest;
import dev.swarmlog.v1.PlanSyncResponse;
import dev.swarmlog.v1.PublishAck;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.PublishRequest;
import dev.swarmlog.v1.PublishServiceGrpc;
import dev.swarmlog.v1.PublishStreamRequest;
import dev.swarmlog.v1.PublishStreamResponse;
import dev.swarmlog.v1.SessionServiceGrpc;
import dev.swarmlog.v1.SyncRequest;
import dev.swarmlog.v1.SyncResponse;
import dev.swarmlog.v1.SyncServiceGrpc;
import dev.swarmlog.v1.TailRequest;
import dev.swarmlog.v1.TailResponse;
import dev.swarmlog.v1.TelemetryRequest;
import dev.swarmlog.v1.TelemetryResponse;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/** A real coordinator on a free loopback port, and raw calls to it. Used by one test thread. */
final class Coordinator implements AutoCloseable {

  private final Map<String, String> flags;
  private final Surroundings surroundings;
  private final List<ManagedChannel> channels = new ArrayList<>();
  private SwarmlogServer server;
  private ManagedChannel channel;

  private Coordinator(Map<String, String> flags, Surroundings surroundings) throws Exception {
    this.flags = flags;
    this.surroundings = surroundings;
    start();
  }

  static Coordinator inMemory() throws Exception {
    return inMemory(UnaryOperator.identity());
  }

  /** With other limits, and flags as on the command line: name, value, name, value. */
  static Coordinator inMemory(UnaryOperator<Surroundings> change, String... flags)
      throws Exception {
    return new Coordinator(with(flags, "in-memory", "true"), change.apply(Surroundings.real()));
  }

  /** With its store in a directory, which survives {@link #restart}. */
  static Coordinator on(Path directory) throws Exception {
    return on(directory, UnaryOperator.identity());
  }

  static Coordinator on(Path directory, UnaryOperator<Surroundings> change, String... flags)
      throws Exception {
    return new Coordinator(
        with(flags, "data-directory", directory.toString()), change.apply(Surroundings.real()));
  }

  private static Map<String, String> with(String[] flags, String name, String value) {
    Map<String, String> all = new HashMap<>(Map.of(name, value));
    for (int i = 0; i < flags.length; i += 2) {
      all.put(flags[i], flags[i + 1]);
    }
    return all;
  }

  private void start() throws Exception {
    Map<String, String> all =
        new HashMap<>(Map.of("port", "0", "shards", "2", "drain-timeout", "10s"));
    all.putAll(flags);
    server =
        SwarmlogServer.start(
            ServerConfiguration.load(Optional.empty(), Map.of(), all), surroundings);
    channel = connect();
  }

  /** Stops gracefully and starts again on the same store, at another port. */
  void restart() throws Exception {
    disconnect();
    server.close();
    start();
  }

  /** Stops, has something done to the store, and starts again on it. */
  void restartAfter(Change change) throws Exception {
    disconnect();
    server.close();
    change.make();
    start();
  }

  /** What happens to a store that nobody has open. */
  interface Change {
    void make() throws Exception;
  }

  /** Stops without draining and starts again on the same store, at another port. */
  void restartAbruptly() throws Exception {
    server.stopAbruptly();
    disconnect();
    start();
  }

  SwarmlogServer server() {
    return server;
  }

  /** The connection that everything below uses. */
  ManagedChannel channel() {
    return channel;
  }

  /** A connection of its own, closed with the coordinator. */
  ManagedChannel connect() {
    ManagedChannel connected =
        NettyChannelBuilder.forAddress(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()))
            .usePlaintext()
            .maxInboundMessageSize(16 << 20)
            .directExecutor()
            .build();
    channels.add(connected);
    return connected;
  }

  StreamCall<ControlRequest, ControlResponse> control() {
    return StreamCall.open(channel, SessionServiceGrpc.getControlMethod());
  }

  StreamCall<DataRequest, DataResponse> data() {
    return StreamCall.open(channel, SessionServiceGrpc.getDataMethod());
  }

  StreamCall<PublishStreamRequest, PublishStreamResponse> publishStream() {
    return StreamCall.open(channel, PublishServiceGrpc.getPublishStreamMethod());
  }

  StreamCall<TelemetryRequest, TelemetryResponse> telemetry() {
    return StreamCall.open(channel, PublishServiceGrpc.getTelemetryMethod());
  }

  StreamCall<TailRequest, TailResponse> tail(TailRequest request) {
    return StreamCall.ask(channel, ObservationServiceGrpc.getTailMethod(), request);
  }

  StreamCall<SyncRequest, SyncResponse> sync(SyncRequest request) {
    return StreamCall.ask(channel, SyncServiceGrpc.getSyncMethod(), request);
  }

  /** A sync that nobody reads. */
  StreamCall<SyncRequest, SyncResponse> unreadSync(SyncRequest request) {
    StreamCall<SyncRequest, SyncResponse> call =
        StreamCall.openUnread(channel, SyncServiceGrpc.getSyncMethod());
    call.send(request);
    call.halfClose();
    return call;
  }

  StreamCall<DiffRequest, DiffResponse> diff(DiffRequest request) {
    return StreamCall.ask(channel, SyncServiceGrpc.getDiffMethod(), request);
  }

  PlanSyncResponse planSync(PlanSyncRequest request) {
    return SyncServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(StreamCall.PATIENCE_SECONDS, TimeUnit.SECONDS)
        .planSync(request);
  }

  AdministrationServiceBlockingStub administration() {
    return AdministrationServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(StreamCall.PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  /** One group by the unary call, acknowledged. */
  PublishAck publish(String swarm, PublishRecord... records) {
    return publish(swarm, Requests.group(0, records));
  }

  PublishAck publish(String swarm, PublishGroup group) {
    return PublishServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(StreamCall.PATIENCE_SECONDS, TimeUnit.SECONDS)
        .publish(
            PublishRequest.newBuilder()
                .setSwarm(swarm)
                .setPublisher("publisher")
                .setGroup(group)
                .build())
        .getAck();
  }

  /** {@code count} events for everybody on commands, in groups of one. */
  PublishAck publishEvents(String swarm, int count) {
    PublishAck last = PublishAck.getDefaultInstance();
    for (int i = 0; i < count; i++) {
      last = publish(swarm, Requests.event("event " + i));
    }
    return last;
  }

  /** Everything in a log, by a tail that stops at the head. */
  List<Operation> everything(String swarm, Log log) {
    List<Operation> operations = new ArrayList<>();
    StreamCall<TailRequest, TailResponse> tail =
        tail(
            TailRequest.newBuilder()
                .setSwarm(swarm)
                .setLog(log)
                .setAfterOpId(0)
                .setStopAtHead(true)
                .build());
    for (TailResponse frame : tail.completed()) {
      operations.addAll(frame.getDelivery().getOperationsList());
    }
    return operations;
  }

  GetSwarmResponse swarm(String name) {
    return administration().getSwarm(GetSwarmRequest.newBuilder().setName(name).build());
  }

  GetStatusResponse status() {
    return administration().getStatus(GetStatusRequest.getDefaultInstance());
  }

  List<ConnectedAgent> agents(String swarm) {
    return administration()
        .listAgents(ListAgentsRequest.newBuilder().setSwarm(swarm).build())
        .getAgentsList();
  }

  /** Changes limits: name, value, name, value. */
  static UnaryOperator<Surroundings> limits(Object... namesAndValues) {
    return surroundings -> {
      Surroundings changed = surroundings;
      for (int i = 0; i < namesAndValues.length; i += 2) {
        changed = changed.withLimit((String) namesAndValues[i], namesAndValues[i + 1]);
      }
      return changed;
    };
  }

  private void disconnect() throws InterruptedException {
    for (ManagedChannel open : channels) {
      open.shutdownNow();
      if (!open.awaitTermination(StreamCall.PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("Expected a connection to close, but it stays open");
      }
    }
    channels.clear();
  }

  @Override
  public void close() throws Exception {
    disconnect();
    server.close();
  }

  @Override
  public String toString() {
    return "Coordinator on port " + server.port() + " " + Arrays.asList(flags);
  }
}
