package dev.swarmlog.sdk;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/**
 * Computes what a vector asks for, with the classes that agents and publishers are made of. What
 * goes in and comes out, conformance/vectors/README.md says. Thread-safe: each vector has objects
 * of its own.
 */
final class VectorComputer {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** One kind of vector. */
  interface Kind {
    /**
     * The "expected" of a vector with this "input".
     *
     * @throws IllegalArgumentException if the input is not one of the kind
     * @throws IOException if something in it does not parse
     */
    JsonNode compute(JsonNode input) throws IOException;
  }

  private final Map<String, Kind> kinds = new TreeMap<>();

  VectorComputer() {
    kinds.put("state-digest", DigestVectors::stateDigest);
    kinds.put("digest-parts", DigestVectors::digestParts);
    kinds.put("receipt", DigestVectors::receipt);
    kinds.put("utf8-order", DigestVectors::utf8Order);
    kinds.put("backoff", PaceVectors::backoff);
    kinds.put("told-delay", PaceVectors::toldDelay);
    kinds.put("retry-budget", PaceVectors::retryBudget);
    kinds.put("handler-breaker", PaceVectors::handlerBreaker);
    kinds.put("send-window", PaceVectors::sendWindow);
    kinds.put("clock-filter", PaceVectors::clockFilter);
    kinds.put("dedupe", LaneVectors::dedupe);
    kinds.put("resume", LaneVectors::resume);
    kinds.put("unknown", LaneVectors::unknown);
    kinds.put("errors", WireVectors::errors);
    kinds.put("traceparent", WireVectors::traceparent);
    kinds.put("int64", WireVectors::int64);
  }

  boolean knows(String kind) {
    return kinds.containsKey(kind);
  }

  /**
   * The answer as JSON.
   *
   * @throws IllegalArgumentException if the kind is not known, or the input is not one of it
   */
  String compute(String kind, String inputJson) {
    Kind known = kinds.get(kind);
    if (known == null) {
      throw new IllegalArgumentException(
          "Expected one of the kinds %s, but got %s".formatted(kinds.keySet(), kind));
    }
    try {
      return JSON.writeValueAsString(known.compute(JSON.readTree(inputJson)));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("Expected JSON, but " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new IllegalArgumentException("Expected an input that parses, but " + e.getMessage(), e);
    }
  }
}
