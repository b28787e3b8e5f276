package dev.swarmlog.server.path.deliver;

import dev.swarmlog.otel.trace.DeliveryTrace;
import dev.swarmlog.v1.Topic;
import java.util.List;
import java.util.Set;

/**
 * Where operations that are sent together come from. Kept until they are acknowledged, so it holds
 * nothing of the operations themselves.
 *
 * @param appendedNs when they were logged, on the monotonic clock
 * @param durableNs when they had become durable, likewise
 * @param topics of the operations
 * @param traces of those whose publish is sampled
 * @param lastOpId the last operation
 * @param lastTopic its topic
 * @param lastPublisher who published it
 * @param lastPublishUnixNs when, by the publisher's clock; 0 if it did not say
 */
record RunOrigin(
    long appendedNs,
    long durableNs,
    Set<Topic> topics,
    List<DeliveryTrace> traces,
    long lastOpId,
    Topic lastTopic,
    String lastPublisher,
    long lastPublishUnixNs) {

  /** Of no operation. */
  static final RunOrigin NONE =
      new RunOrigin(0, 0, Set.of(), List.of(), 0, Topic.TOPIC_UNSPECIFIED, "", 0);
}
