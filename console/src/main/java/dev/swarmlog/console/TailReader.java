package dev.swarmlog.console;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.ObservationServiceGrpc.ObservationServiceBlockingStub;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.TailRequest;
import dev.swarmlog.v1.TailResponse;
import dev.swarmlog.v1.Topic;
import io.grpc.Context;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Optional;

/**
 * One page of a log, newest last: {@code toOpId}, up to which was read: the head; {@code skipped},
 * whether older ones were passed over to get there; {@code operations}, the newest {@value
 * ConsoleLimits#LISTED_OPERATIONS} of the topic as the contract has them, with payloads of at most
 * {@value ConsoleLimits#LISTED_PAYLOAD_BYTES} bytes; {@code cutOpIds}, those whose payload was
 * longer and is left out; {@code reports}, what the coordinator's own ones say, by operation ID.
 *
 * <p>At most {@value ConsoleLimits#READ_OPERATIONS} operations are gone through, and some more of
 * the last frame. Where there are more, it begins nearer to the head, as often as it takes: who
 * reads on would fall behind for ever otherwise. Used by one thread.
 */
final class TailReader {

  private final Optional<Topic> topic;
  private final long afterOpId;
  private final Deque<Operation> newest = new ArrayDeque<>();
  private long toOpId;
  private long readOperations;
  private long readBytes;
  private boolean more;

  private TailReader(Optional<Topic> topic, long afterOpId) {
    this.topic = topic;
    this.afterOpId = afterOpId;
    this.toOpId = afterOpId;
  }

  /**
   * Reads one.
   *
   * @param after begin behind this operation; empty to begin {@code last} before the head
   * @param last at most {@value ConsoleLimits#READ_OPERATIONS}, also if 0 or more
   */
  static String read(
      ObservationServiceBlockingStub observation,
      String swarm,
      Log log,
      Optional<Topic> topic,
      Optional<Long> after,
      long last)
      throws InvalidProtocolBufferException {
    TailRequest.Builder request =
        TailRequest.newBuilder().setSwarm(swarm).setLog(log).setStopAtHead(true);
    after.ifPresentOrElse(request::setAfterOpId, () -> request.setLastOperations(bounded(last)));
    TailReader reader = read(observation, request, topic, after);
    boolean skipped = reader.more;
    long fewer = bounded(last);
    while (reader.more && fewer > 1) {
      fewer = Math.max(1, Math.min(fewer, reader.fitting()) / 2);
      reader = read(observation, request.setLastOperations(fewer), topic, after);
    }
    return reader.page(skipped);
  }

  private static TailReader read(
      ObservationServiceBlockingStub observation,
      TailRequest.Builder request,
      Optional<Topic> topic,
      Optional<Long> after) {
    TailReader reader = new TailReader(topic, after.orElse(0L));
    Context.CancellableContext call = Context.current().withCancellation();
    try {
      call.run(() -> reader.takeAll(observation.tail(request.build())));
    } finally {
      // What comes behind the bound is not wanted.
      call.cancel(null);
    }
    return reader;
  }

  private static long bounded(long last) {
    return last <= 0
        ? ConsoleLimits.READ_OPERATIONS
        : Math.min(last, ConsoleLimits.READ_OPERATIONS);
  }

  /** How many operations as large as those that were read may be gone through. */
  private long fitting() {
    return ConsoleLimits.READ_BYTES / Math.max(1, readBytes / Math.max(1, readOperations));
  }

  private void takeAll(Iterator<TailResponse> frames) {
    while (frames.hasNext()) {
      TailResponse frame = frames.next();
      boolean full =
          readOperations >= ConsoleLimits.READ_OPERATIONS || readBytes >= ConsoleLimits.READ_BYTES;
      if (full && frame.hasDelivery()) {
        more = true;
        return;
      }
      take(frame);
    }
  }

  private void take(TailResponse frame) {
    if (frame.hasCaughtUp()) {
      toOpId = frame.getCaughtUp().getPosition().getOpId();
      return;
    }
    toOpId = frame.getDelivery().getTo().getOpId();
    for (Operation operation : frame.getDelivery().getOperationsList()) {
      readOperations++;
      readBytes += operation.getSerializedSize();
      boolean isNew = Long.compareUnsigned(operation.getOpId(), afterOpId) > 0;
      if (isNew && (topic.isEmpty() || topic.get() == operation.getTopic())) {
        newest.addLast(operation);
        if (newest.size() > ConsoleLimits.LISTED_OPERATIONS) {
          newest.removeFirst();
        }
      }
    }
  }

  private String page(boolean skipped) throws InvalidProtocolBufferException {
    JsonArray operations = new JsonArray();
    JsonArray cut = new JsonArray();
    JsonObject reports = new JsonObject();
    for (Operation operation : newest) {
      String opId = Long.toUnsignedString(operation.getOpId());
      ContractJson.report(operation).ifPresent(report -> reports.add(opId, report));
      boolean isLong = operation.getPayload().getData().size() > ConsoleLimits.LISTED_PAYLOAD_BYTES;
      if (isLong) {
        cut.add(opId);
      }
      operations.add(ContractJson.tree(isLong ? withoutData(operation) : operation));
    }
    JsonObject page = new JsonObject();
    page.addProperty("toOpId", Long.toUnsignedString(toOpId));
    page.addProperty("skipped", skipped);
    page.add("operations", operations);
    page.add("cutOpIds", cut);
    page.add("reports", reports);
    return page.toString();
  }

  private static Operation withoutData(Operation operation) {
    Operation.Builder cut = operation.toBuilder();
    cut.getPayloadBuilder().setData(ByteString.EMPTY);
    return cut.build();
  }
}
