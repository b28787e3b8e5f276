package dev.swarmlog.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.AttributeKey;
import java.lang.reflect.Field;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Holds the attributes that the coordinator and the SDK give their spans to each other: the trace
 * of one operation has spans of both, and the SDK must not depend on the coordinator's modules.
 */
class SpanNamesTest {

  private static final List<String> COORDINATOR =
      List.of(
          "dev.swarmlog.otel.Attribute",
          "dev.swarmlog.otel.trace.SpanAttribute",
          "dev.swarmlog.otel.trace.TaskAttribute");

  private static final List<String> SDK = List.of("dev.swarmlog.sdk.TraceNames");

  /** What both say of their spans. */
  private static final Set<String> SHARED =
      Set.of(
          "SYSTEM",
          "OPERATION_NAME",
          "DESTINATION",
          "DESTINATION_TEMPLATE",
          "MESSAGE_ID",
          "MESSAGE_COUNT",
          "CLIENT_ID",
          "ERROR_TYPE",
          "SWARM",
          "AGENT",
          "TOPIC",
          "LOG",
          "OPERATION_ID",
          "DUPLICATE",
          "SYNC_PLAN",
          "SYNC_FROM",
          "SYNC_TARGET",
          "SYNC_OPERATIONS",
          "SYNC_KEYS",
          "SYNC_BYTES");

  @Test
  void shouldCallTheSameThingByTheSameNameAndType() throws Exception {
    Map<String, AttributeKey<?>> coordinator = keys(COORDINATOR);
    Map<String, AttributeKey<?>> sdk = keys(SDK);

    coordinator.keySet().retainAll(SHARED);
    sdk.keySet().retainAll(SHARED);
    assertThat(coordinator.keySet()).isEqualTo(new TreeSet<>(SHARED));
    assertThat(sdk).isEqualTo(coordinator);
  }

  @Test
  void shouldCallNothingElseByTheSameName() throws Exception {
    Map<String, String> coordinator = constants(keys(COORDINATOR));
    Map<String, String> sdk = constants(keys(SDK));

    sdk.keySet().retainAll(coordinator.keySet());
    assertThat(sdk.values()).containsExactlyInAnyOrderElementsOf(SHARED);
    sdk.forEach((key, constant) -> assertThat(coordinator).containsEntry(key, constant));
  }

  /** By the names of the constants. */
  private static Map<String, AttributeKey<?>> keys(List<String> classes) throws Exception {
    Map<String, AttributeKey<?>> keys = new LinkedHashMap<>();
    for (String name : classes) {
      for (Field field : Class.forName(name).getDeclaredFields()) {
        if (field.getType() == AttributeKey.class) {
          field.setAccessible(true);
          assertThat(keys.put(field.getName(), (AttributeKey<?>) field.get(null)))
              .as("another %s of %s", field.getName(), name)
              .isNull();
        }
      }
    }
    return keys;
  }

  /** The names of the constants by their keys. */
  private static Map<String, String> constants(Map<String, AttributeKey<?>> keys) {
    Map<String, String> constants = new HashMap<>();
    keys.forEach((constant, key) -> constants.put(key.getKey(), constant));
    return constants;
  }
}
