package dev.swarmlog.sdk;

import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Topic;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the handler of an operation by topic and payload type. Immutable; two map look-ups per
 * operation.
 */
final class HandlerTable {
  private final Map<Topic, OfTopic> byTopic;

  private HandlerTable(Map<Topic, OfTopic> byTopic) {
    this.byTopic = byTopic;
  }

  static Builder builder() {
    return new Builder();
  }

  /** The handler of the operation; null if there is none. */
  @Nullable OperationHandler find(Operation operation) {
    OfTopic ofTopic = byTopic.get(operation.getTopic());
    if (ofTopic == null) {
      return null;
    }
    OperationHandler chosen =
        operation.getTombstone()
            ? ofTopic.onDelete
            : ofTopic.byType.get(operation.getPayload().getType());
    return chosen != null ? chosen : ofTopic.otherwise;
  }

  private static final class OfTopic {
    final Map<String, OperationHandler> byType = new HashMap<>();
    @Nullable OperationHandler onDelete;
    @Nullable OperationHandler otherwise;
  }

  /** Collects handlers. Not thread-safe. */
  static final class Builder {
    private final Map<Topic, OfTopic> byTopic = new EnumMap<>(Topic.class);

    @SuppressWarnings("unchecked") // The parser of a message type makes messages of that type.
    <T extends Message> void add(Topic topic, T prototype, PayloadHandler<T> handler) {
      Parser<T> parser = (Parser<T>) prototype.getParserForType();
      add(
          topic,
          prototype.getDescriptorForType().getFullName(),
          operation ->
              handler.handle(operation, parser.parseFrom(operation.getPayload().getData())));
    }

    void add(Topic topic, String payloadType, OperationHandler handler) {
      if (of(topic).byType.putIfAbsent(payloadType, handler) != null) {
        throw twice(topic, "payload type '" + payloadType + "'");
      }
    }

    void addDefault(Topic topic, OperationHandler handler) {
      OfTopic ofTopic = of(topic);
      if (ofTopic.otherwise != null) {
        throw twice(topic, "any other payload");
      }
      ofTopic.otherwise = handler;
    }

    void addDelete(Topic topic, OperationHandler handler) {
      OfTopic ofTopic = of(topic);
      if (ofTopic.onDelete != null) {
        throw twice(topic, "deletions");
      }
      ofTopic.onDelete = handler;
    }

    Set<Topic> topics() {
      Set<Topic> topics = EnumSet.noneOf(Topic.class);
      topics.addAll(byTopic.keySet());
      return topics;
    }

    boolean isEmpty() {
      return byTopic.isEmpty();
    }

    HandlerTable build() {
      return new HandlerTable(new EnumMap<>(byTopic));
    }

    private OfTopic of(Topic topic) {
      return byTopic.computeIfAbsent(topic, ignored -> new OfTopic());
    }

    private static IllegalArgumentException twice(Topic topic, String what) {
      return new IllegalArgumentException(
          "Expected one handler per topic and payload type, but %s has two for %s: keep one"
              .formatted(topic, what));
    }
  }
}
