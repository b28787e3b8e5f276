package dev.swarmlog.conformance.vectors;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Reads the vectors that come with the suite, strictly. */
public final class VectorFiles {
  /** Every kind, each with a file of its name. */
  public static final List<String> KINDS =
      List.of(
          "backoff",
          "clock-filter",
          "dedupe",
          "digest-parts",
          "errors",
          "handler-breaker",
          "int64",
          "receipt",
          "resume",
          "retry-budget",
          "send-window",
          "state-digest",
          "told-delay",
          "traceparent",
          "unknown",
          "utf8-order");

  private static final String FOLDER = "/dev/swarmlog/conformance/vectors/";
  private static final Set<String> OF_FILE = Set.of("about", "kind", "vectors");
  private static final Set<String> OF_VECTOR = Set.of("name", "input", "expected");
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  private VectorFiles() {}

  /** Those of one kind, in the order of the file. */
  public static List<Vector> ofKind(String kind) {
    String name = FOLDER + kind + ".json";
    try (InputStream in = VectorFiles.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalArgumentException("Expected vectors at " + name + ", but there are none");
      }
      return parse(kind, in.readAllBytes());
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "Expected vectors at %s, but %s".formatted(name, e.getMessage()), e);
    }
  }

  /**
   * Reads a file of vectors.
   *
   * @throws IllegalArgumentException if it is not one of the kind
   */
  static List<Vector> parse(String kind, byte[] json) throws IOException {
    JsonNode file;
    try {
      file = JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "Expected %s.json to be JSON, but %s".formatted(kind, e.getOriginalMessage()), e);
    }
    requireFields(kind + ".json", file, OF_FILE);
    if (!file.get("kind").asText().equals(kind)) {
      throw new IllegalArgumentException(
          "Expected %s.json to be of that kind, but it says %s".formatted(kind, file.get("kind")));
    }
    List<Vector> vectors = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (JsonNode vector : file.get("vectors")) {
      requireFields("a vector of " + kind, vector, OF_VECTOR);
      String name = vector.get("name").asText();
      if (name.isEmpty() || !names.add(name)) {
        throw new IllegalArgumentException(
            "Expected names of vectors of %s to be unique, but '%s' is not".formatted(kind, name));
      }
      vectors.add(new Vector(kind, name, vector.get("input"), vector.get("expected")));
    }
    if (vectors.isEmpty()) {
      throw new IllegalArgumentException(
          "Expected vectors in %s.json, but there are none".formatted(kind));
    }
    return vectors;
  }

  private static void requireFields(String what, JsonNode object, Set<String> names) {
    Set<String> there = new HashSet<>();
    object.fieldNames().forEachRemaining(there::add);
    if (!object.isObject() || !there.equals(names)) {
      throw new IllegalArgumentException(
          "Expected %s to have the fields %s, but it has %s".formatted(what, names, there));
    }
  }
}
