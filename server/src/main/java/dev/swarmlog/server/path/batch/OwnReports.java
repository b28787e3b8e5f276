package dev.swarmlog.server.path.batch;

import com.google.protobuf.Message;
import dev.swarmlog.v1.Topic;
import java.util.function.Consumer;

/**
 * What the coordinator itself has to say in the main log of a swarm: for every agent, as events
 * without a publisher, whose type is the full name of the message. Safe for use by several threads.
 */
@FunctionalInterface
public interface OwnReports {

  /**
   * Publishes without waiting. Where that cannot be done it is logged, and nothing else is lost.
   *
   * @param logged is told, on any thread, whether it is in the log
   */
  void publish(Topic topic, Message report, Consumer<Boolean> logged);

  /** The same, for those whom it does not concern what becomes of it. */
  default void publish(Topic topic, Message report) {
    publish(topic, report, durable -> {});
  }

  /** Reports in a swarm of the writer's shard. */
  static OwnReports of(ShardWriter writer, String swarm) {
    return new SwarmReports(writer, swarm);
  }
}
