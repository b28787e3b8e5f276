package dev.swarmlog.bench.orchestrator;

import dev.swarmlog.bench.v1.Command;
import dev.swarmlog.bench.v1.ExecuteRequest;
import dev.swarmlog.bench.v1.ExecuteResponse;
import dev.swarmlog.bench.v1.ExecutionServiceGrpc;
import dev.swarmlog.bench.v1.ExecutionServiceGrpc.ExecutionServiceBlockingStub;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** An agent as the orchestrator sees it: one connection, and what failed. Thread-safe. */
final class RemoteAgent implements AutoCloseable {

  private static final long DEADLINE_MS = 1_000;

  private final ManagedChannel channel;
  private final ExecutionServiceBlockingStub stub;
  private final Map<Long, Command> failed = new ConcurrentHashMap<>();

  RemoteAgent(ManagedChannel channel) {
    this.channel = channel;
    this.stub = ExecutionServiceGrpc.newBlockingStub(channel);
  }

  /** Calls the agent and waits for its answer: whether it did the command. */
  boolean execute(Command command) {
    try {
      ExecuteResponse unused =
          stub.withDeadlineAfter(DEADLINE_MS, TimeUnit.MILLISECONDS)
              .execute(ExecuteRequest.newBuilder().setCommand(command).build());
      return true;
    } catch (StatusRuntimeException e) {
      return false;
    }
  }

  /** The command was done: it need not be remembered. */
  void done(Command command) {
    failed.remove(command.getNumber());
  }

  /** The command failed as often as it may; it is remembered until somebody asks for it. */
  void failed(Command command) {
    failed.put(command.getNumber(), command);
  }

  /** A command that failed; null if it is not among them. */
  @Nullable Command failed(long number) {
    return failed.get(number);
  }

  /** All that failed. */
  List<Command> allFailed() {
    return List.copyOf(failed.values());
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
