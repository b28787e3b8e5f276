package dev.swarmlog.conformance.vectors;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * One vector.
 *
 * @param kind which says what input and expected mean: conformance/vectors/README.md
 * @param name unique among its kind
 */
public record Vector(String kind, String name, JsonNode input, JsonNode expected) {}
