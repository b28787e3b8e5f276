package dev.swarmlog.sdk;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import dev.swarmlog.v1.AllAgents;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Target;
import java.io.IOException;
import java.util.HexFormat;

/** What several kinds of vectors have in common. */
final class VectorFields {
  static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int KIND_ALL = 1;
  private static final int KIND_AGENT = 2;

  private VectorFields() {}

  /**
   * A field that has to be there.
   *
   * @throws IllegalArgumentException if it is not
   */
  static JsonNode field(JsonNode object, String name) {
    JsonNode value = object.get(name);
    if (value == null) {
      throw new IllegalArgumentException(
          "Expected a field %s, but there are %s".formatted(name, object.properties()));
    }
    return value;
  }

  static String text(JsonNode object, String name) {
    return field(object, name).asText();
  }

  /** Unsigned; a number, or a text where a double could not hold it. */
  static long uint64(JsonNode value) {
    return value.isTextual() ? Long.parseUnsignedLong(value.asText()) : value.asLong();
  }

  static long uint64(JsonNode object, String name) {
    return uint64(field(object, name));
  }

  static ByteString hex(JsonNode object, String name) {
    return ByteString.copyFrom(HexFormat.of().parseHex(text(object, name)));
  }

  static String hex(ByteString bytes) {
    return HexFormat.of().formatHex(bytes.toByteArray());
  }

  /** {@code {"topic": 2, "kind": 3, "name": "crew"}}. */
  static Scope scope(JsonNode fields) {
    String name = text(fields, "name");
    Target.Builder target = Target.newBuilder();
    int kind = field(fields, "kind").asInt();
    if (kind == KIND_ALL) {
      target.setAll(AllAgents.getDefaultInstance());
    } else if (kind == KIND_AGENT) {
      target.setAgent(name);
    } else {
      target.setRole(name);
    }
    return Scope.newBuilder()
        .setTopicValue(field(fields, "topic").asInt())
        .setTarget(target)
        .build();
  }

  /** Reads ProtoJSON. */
  static <T extends Message.Builder> T read(JsonNode json, T into)
      throws InvalidProtocolBufferException {
    JsonFormat.parser().merge(json.toString(), into);
    return into;
  }

  /** Writes ProtoJSON. */
  static JsonNode json(Message message) throws IOException {
    return JSON.readTree(JsonFormat.printer().print(message));
  }

  static ArrayNode array() {
    return NODES.arrayNode();
  }

  static ObjectNode object() {
    return NODES.objectNode();
  }
}
