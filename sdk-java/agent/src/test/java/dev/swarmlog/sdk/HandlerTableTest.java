package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.StringValue;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.Topic;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HandlerTableTest {
  private final List<String> called = new ArrayList<>();

  @Test
  void shouldChooseByTopicAndPayloadType() throws Exception {
    // given
    HandlerTable.Builder builder = HandlerTable.builder();
    builder.add(
        Topic.TOPIC_COMMANDS,
        StringValue.getDefaultInstance(),
        (operation, value) -> called.add("parsed " + value.getValue()));
    builder.add(Topic.TOPIC_COMMANDS, "acme.Other", operation -> called.add("other"));
    builder.addDelete(Topic.TOPIC_COMMANDS, operation -> called.add("deleted"));
    builder.addDefault(Topic.TOPIC_ALERTS, operation -> called.add("any alert"));
    HandlerTable table = builder.build();
    // when
    call(table, Topic.TOPIC_COMMANDS, Payloads.of(StringValue.of("x")));
    call(table, Topic.TOPIC_COMMANDS, Payloads.text("acme.Other", ""));
    call(table, Topic.TOPIC_ALERTS, Payloads.json("acme.Other", "{}"));
    table
        .find(Operation.newBuilder().setTopic(Topic.TOPIC_COMMANDS).setTombstone(true).build())
        .handle(Operation.getDefaultInstance());
    // then
    assertThat(called).containsExactly("parsed x", "other", "any alert", "deleted");
    assertThat(table.find(operation(Topic.TOPIC_COMMANDS, Payloads.text("acme.New", "")))).isNull();
    assertThat(table.find(operation(Topic.TOPIC_RECONCILIATION, Payloads.text("acme.Other", ""))))
        .isNull();
  }

  @Test
  void shouldRefuseTwoHandlersForTheSame() {
    // given
    HandlerTable.Builder builder = HandlerTable.builder();
    builder.add(Topic.TOPIC_COMMANDS, "acme.Other", operation -> {});
    // when, then
    assertThatThrownBy(() -> builder.add(Topic.TOPIC_COMMANDS, "acme.Other", operation -> {}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("acme.Other");
  }

  private static void call(HandlerTable table, Topic topic, Payload payload) throws Exception {
    Operation operation = operation(topic, payload);
    table.find(operation).handle(operation);
  }

  private static Operation operation(Topic topic, Payload payload) {
    return Operation.newBuilder().setTopic(topic).setPayload(payload).build();
  }
}
