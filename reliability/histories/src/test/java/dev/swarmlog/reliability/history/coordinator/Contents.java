package dev.swarmlog.reliability.history.coordinator;

import com.google.protobuf.ByteString;
import dev.swarmlog.reliability.history.Content;
import dev.swarmlog.reliability.history.Entry;
import dev.swarmlog.v1.AllAgents;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.Topic;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/**
 * Records as the coordinator gets them, and as histories know them. The tag travels as the time of
 * publishing, which is stored as it is given, also with deletions.
 */
final class Contents {

  static final String AGENT = "a0";
  static final String ROLE = "scout";
  static final String ALL_SCOPE = "all";
  static final String AGENT_SCOPE = "agent:" + AGENT;
  static final String ROLE_SCOPE = "role:" + ROLE;

  /** One that no reader here is in. */
  private static final String OTHER_SCOPE = "role:planner";

  private static final List<String> SCOPES =
      List.of(ALL_SCOPE, AGENT_SCOPE, ROLE_SCOPE, OTHER_SCOPE);
  private static final int KEYS = 3;
  private static final int VALUES = 3;

  private Contents() {}

  static Content random(Random random, long tag) {
    String text = Long.toString(tag);
    String scope = SCOPES.get(random.nextInt(SCOPES.size()));
    String key = "k" + random.nextInt(KEYS);
    return switch (random.nextInt(5)) {
      case 0 -> Content.event(text, scope);
      case 1 -> Content.tombstone(text, scope, key);
      default -> Content.keyed(text, scope, key, "v" + random.nextInt(VALUES));
    };
  }

  static PublishRecord record(Content content) {
    PublishRecord.Builder record =
        PublishRecord.newBuilder()
            .setTopic(Topic.TOPIC_COMMANDS)
            .setTarget(target(content.scope()))
            .setOperationClass(
                content.key().isEmpty()
                    ? OperationClass.OPERATION_CLASS_EVENT
                    : OperationClass.OPERATION_CLASS_KEYED)
            .setKey(content.key())
            .setTombstone(content.tombstone())
            .setPublishTimeUnixNano(Long.parseLong(content.tag()));
    if (!content.tombstone()) {
      record.setPayload(
          Payload.newBuilder()
              .setType("test.v1.Text")
              .setData(ByteString.copyFromUtf8(content.value())));
    }
    return record.build();
  }

  static Entry entry(Operation operation) {
    return new Entry(
        operation.getOpId(),
        new Content(
            Long.toString(operation.getPublishTimeUnixNano()),
            scope(operation.getTarget()),
            operation.getKey(),
            operation.getPayload().getData().toStringUtf8(),
            operation.getTombstone()),
        operation.getAppendTimeUnixNano());
  }

  static String hex(ByteString hash) {
    return HexFormat.of().formatHex(hash.toByteArray());
  }

  private static Target target(String scope) {
    Target.Builder target = Target.newBuilder();
    if (scope.startsWith("agent:")) {
      return target.setAgent(scope.substring("agent:".length())).build();
    }
    if (scope.startsWith("role:")) {
      return target.setRole(scope.substring("role:".length())).build();
    }
    return target.setAll(AllAgents.getDefaultInstance()).build();
  }

  private static String scope(Target target) {
    return switch (target.getTargetCase()) {
      case AGENT -> "agent:" + target.getAgent();
      case ROLE -> "role:" + target.getRole();
      default -> ALL_SCOPE;
    };
  }
}
