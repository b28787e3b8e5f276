package dev.swarmlog.conformance.vectors;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.math.BigDecimal;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Has an SDK compute vectors, and compares. */
public final class VectorCheck {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  private VectorCheck() {}

  /** Computes one vector; an SDK that fails at it has failed it. */
  public static VectorVerdict run(Vector vector, VectorTarget target) {
    VectorTarget.Answer answer;
    try {
      answer = target.compute(vector.kind(), vector.input().toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new VectorVerdict.Failed("Expected an answer, but the wait for it was interrupted");
    } catch (Exception e) {
      return new VectorVerdict.Failed("Expected an answer, but it failed: " + e.getMessage());
    }
    if (answer instanceof VectorTarget.Answer.Unsupported unsupported) {
      return new VectorVerdict.Skipped(unsupported.message());
    }
    String json = ((VectorTarget.Answer.Computed) answer).outputJson();
    try {
      String difference = difference("answer", vector.expected(), JSON.readTree(json));
      return difference == null ? new VectorVerdict.Passed() : new VectorVerdict.Failed(difference);
    } catch (JsonProcessingException e) {
      return new VectorVerdict.Failed(
          "Expected JSON, but got %s: %s".formatted(json, e.getOriginalMessage()));
    }
  }

  /** Where two values differ first, with both; null if they are the same. */
  static @Nullable String difference(String where, JsonNode expected, JsonNode actual) {
    if (expected.isObject() && actual.isObject()) {
      return ofObjects(where, expected, actual);
    }
    if (expected.isArray() && actual.isArray()) {
      for (int i = 0; i < Math.min(expected.size(), actual.size()); i++) {
        String difference =
            difference("%s[%d]".formatted(where, i), expected.get(i), actual.get(i));
        if (difference != null) {
          return difference;
        }
      }
      return expected.size() == actual.size()
          ? null
          : "Expected %s to have %d elements, but it has %d: %s"
              .formatted(where, expected.size(), actual.size(), actual);
    }
    return isSame(expected, actual)
        ? null
        : "Expected %s to be %s, but it is %s".formatted(where, expected, actual);
  }

  private static @Nullable String ofObjects(String where, JsonNode expected, JsonNode actual) {
    TreeSet<String> names = new TreeSet<>();
    expected.fieldNames().forEachRemaining(names::add);
    for (Iterator<Map.Entry<String, JsonNode>> fields = actual.fields(); fields.hasNext(); ) {
      Map.Entry<String, JsonNode> field = fields.next();
      if (!names.contains(field.getKey())) {
        return "Expected %s without a field %s, but that is %s"
            .formatted(where, field.getKey(), field.getValue());
      }
    }
    for (String name : names) {
      JsonNode there = actual.get(name);
      String difference =
          there == null
              ? "Expected %s to have a field %s of %s, but it has none"
                  .formatted(where, name, expected.get(name))
              : difference(where + "." + name, expected.get(name), there);
      if (difference != null) {
        return difference;
      }
    }
    return null;
  }

  /** Numbers are the same by their value, 1 and 1.0; a number is never a text. */
  private static boolean isSame(JsonNode expected, JsonNode actual) {
    if (expected.isNumber() && actual.isNumber()) {
      BigDecimal number = expected.decimalValue();
      return number.compareTo(actual.decimalValue()) == 0;
    }
    return expected.equals(actual);
  }
}
