package dev.swarmlog.server.path.deliver;

import dev.swarmlog.otel.trace.DeliveryTrace;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.v1.Delivery;
import dev.swarmlog.v1.Topic;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Operations in wire form: each as tag, length and bytes of the {@code operations} field of {@link
 * Delivery}. Encoded once, sent many times.
 *
 * @param redeliveryCount how many of the operations an agent is given again
 * @param origin where they come from
 */
@SuppressWarnings("ArrayRecordComponent") // shared, compared nowhere
record EncodedRun(byte[] bytes, int operationCount, int redeliveryCount, RunOrigin origin) {

  static final EncodedRun EMPTY = new EncodedRun(new byte[0], 0, 0, RunOrigin.NONE);

  /** Field number and wire type 2; a single byte, since the field number is below 16. */
  private static final int TAG = Delivery.OPERATIONS_FIELD_NUMBER << 3 | 2;

  /**
   * Encodes operations that were committed together.
   *
   * @param traces of those among them, and maybe of others, that are sampled, by operation ID
   */
  static EncodedRun of(
      List<StoredOperation> operations, CommitTimes times, Map<Long, DeliveryTrace> traces) {
    if (operations.isEmpty()) {
      return EMPTY;
    }
    int size = 0;
    int redeliveries = 0;
    for (StoredOperation operation : operations) {
      redeliveries += StoredForm.isRedelivery(operation) ? 1 : 0;
      int length = operation.bytes().length;
      size += 1 + varintSize(length) + length;
    }
    byte[] bytes = new byte[size];
    int at = 0;
    for (StoredOperation operation : operations) {
      byte[] source = operation.bytes();
      bytes[at++] = (byte) TAG;
      int rest = source.length;
      while (rest > 0x7f) {
        bytes[at++] = (byte) (rest & 0x7f | 0x80);
        rest >>>= 7;
      }
      bytes[at++] = (byte) rest;
      System.arraycopy(source, 0, bytes, at, source.length);
      at += source.length;
    }
    return new EncodedRun(
        bytes, operations.size(), redeliveries, origin(operations, times, traces));
  }

  private static RunOrigin origin(
      List<StoredOperation> operations, CommitTimes times, Map<Long, DeliveryTrace> traces) {
    StoredOperation last = operations.get(operations.size() - 1);
    StoredForm.Publish publish = StoredForm.publish(last);
    Set<Topic> topics = EnumSet.of(last.scope().getTopic());
    operations.forEach(operation -> topics.add(operation.scope().getTopic()));
    List<DeliveryTrace> traced =
        traces.isEmpty()
            ? List.of()
            : operations.stream()
                .map(operation -> traces.get(operation.opId()))
                .filter(Objects::nonNull)
                .toList();
    return new RunOrigin(
        times.appendedNs(),
        times.durableNs(),
        topics,
        traced,
        last.opId(),
        last.scope().getTopic(),
        publish.publisher(),
        publish.publishUnixNs());
  }

  private static int varintSize(int value) {
    return value == 0 ? 1 : (38 - Integer.numberOfLeadingZeros(value)) / 7;
  }
}
