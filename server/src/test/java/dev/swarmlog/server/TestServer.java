package dev.swarmlog.server;

import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import dev.swarmlog.server.configuration.ServerConfiguration;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A coordinator on a free port of loopback and a channel to it; in memory unless flags say
 * otherwise.
 */
final class TestServer implements AutoCloseable {

  private final SwarmlogServer server;
  private final ManagedChannel channel;

  private TestServer(SwarmlogServer server) {
    this.server = server;
    this.channel =
        Grpc.newChannelBuilder("127.0.0.1:" + server.port(), InsecureChannelCredentials.create())
            .build();
  }

  static TestServer start(Surroundings surroundings, Map<String, String> flags) throws Exception {
    Map<String, String> all = new HashMap<>(Map.of("port", "0", "drain-timeout", "2s"));
    if (!flags.containsKey("data-directory")) {
      all.put("in-memory", "true");
    }
    all.putAll(flags);
    return new TestServer(
        SwarmlogServer.start(
            ServerConfiguration.load(Optional.empty(), Map.of(), all), surroundings));
  }

  static TestServer start(Map<String, String> flags) throws Exception {
    return start(Surroundings.real(), flags);
  }

  SwarmlogServer server() {
    return server;
  }

  ManagedChannel channel() {
    return channel;
  }

  /** The reason that a failed call gives. */
  static String reason(Throwable failure) throws Exception {
    return reason(StatusProto.fromThrowable(failure));
  }

  /** The reason in a status. */
  static String reason(Status status) throws Exception {
    if (status.getCode() == 0) {
      return "none";
    }
    return status.getDetailsCount() == 0
        ? "no details: " + status
        : status.getDetails(0).unpack(ErrorInfo.class).getReason();
  }

  /** The reason with which a call is refused. */
  static String refusal(Runnable call) throws Exception {
    try {
      call.run();
    } catch (StatusRuntimeException e) {
      return reason(e);
    }
    throw new AssertionError("Expected the call to be refused, but it was answered");
  }

  @Override
  public void close() {
    channel.shutdownNow();
    server.stopAbruptly();
  }
}
