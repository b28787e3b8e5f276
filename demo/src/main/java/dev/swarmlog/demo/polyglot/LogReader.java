package dev.swarmlog.demo.polyglot;

import dev.swarmlog.sdk.Publication;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.ObservationServiceGrpc;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.TailRequest;
import dev.swarmlog.v1.TailResponse;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Reads the log of a swarm from its beginning, as it lies at the coordinator, and holds it against
 * what was published. Used by one thread; waits for operations that are not there yet.
 */
final class LogReader implements AutoCloseable {
  private static final long PATIENCE_S = 90;

  private final ManagedChannel channel;
  private final Iterator<TailResponse> frames;
  private final Deque<Operation> read = new ArrayDeque<>();
  private final Map<Long, Publication> acknowledged;
  private final LogFold fold = new LogFold();
  private final Set<String> answers = new HashSet<>();
  private final List<String> findings = new ArrayList<>();
  private long operations;
  private long published;

  /**
   * A reader of {@code main}.
   *
   * @param port the coordinator's
   * @param acknowledged what must be in the log, by operation ID
   */
  LogReader(int port, String swarm, Map<Long, Publication> acknowledged) {
    this.acknowledged = acknowledged;
    this.channel =
        NettyChannelBuilder.forAddress(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                InsecureChannelCredentials.create())
            .build();
    this.frames =
        ObservationServiceGrpc.newBlockingStub(channel)
            .withDeadlineAfter(PATIENCE_S, TimeUnit.SECONDS)
            .tail(
                TailRequest.newBuilder()
                    .setSwarm(swarm)
                    .setLog(Log.LOG_MAIN)
                    .setAfterOpId(0)
                    .build());
  }

  /** Reads until so many questions are answered. */
  void readAnswers(int count) {
    while (answers.size() < count || published < acknowledged.size()) {
      next();
    }
  }

  /**
   * Reads up to this operation.
   *
   * @return what an agent holds behind it
   */
  AgentState readTo(long opId) {
    while (operations < opId) {
      next();
    }
    return fold.state();
  }

  private void next() {
    while (read.isEmpty()) {
      read.addAll(frames.next().getDelivery().getOperationsList());
    }
    Operation operation = read.remove();
    operations++;
    if (operation.getOpId() != operations) {
      findings.add(
          "Expected operation %d in the log, but got %d."
              .formatted(operations, operation.getOpId()));
      operations = operation.getOpId();
    }
    fold.apply(operation);
    Publication publication = acknowledged.get(operation.getOpId());
    String type = operation.getPayload().getType();
    if (publication != null) {
      published++;
      if (!isOf(operation, publication.record())) {
        findings.add(
            "Expected operation %d to be %s, but it is something else."
                .formatted(operation.getOpId(), publication.idempotencyKey()));
      }
    } else if (type.equals(Work.ANSWER)) {
      if (!answers.add(operation.getKey())) {
        findings.add("Expected one answer %s, but got another.".formatted(operation.getKey()));
      }
    } else if (!type.equals(Work.REPORT)) {
      findings.add(
          "Expected operation %d (%s) to be what was acknowledged, an answer or a report, but it is none: it came twice, or drift was found."
              .formatted(operation.getOpId(), type));
    }
  }

  private static boolean isOf(Operation operation, PublishRecord record) {
    return operation.getTopic() == record.getTopic()
        && operation.getKey().equals(record.getKey())
        && operation.getTombstone() == record.getTombstone()
        && operation.getPayload().equals(record.getPayload());
  }

  long operations() {
    return operations;
  }

  int answers() {
    return answers.size();
  }

  /** What is not as it must be. */
  List<String> findings() {
    return findings;
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
