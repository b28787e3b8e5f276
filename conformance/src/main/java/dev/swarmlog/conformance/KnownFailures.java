package dev.swarmlog.conformance;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;

/** Checks that an SDK of ours is known to fail, and why: {@code known-failures/LANG.yaml}. */
public final class KnownFailures {
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

  private KnownFailures() {}

  /** By the name of the check; empty for an SDK of which nothing is known. */
  public static Map<String, String> of(String language) {
    try (InputStream file =
        KnownFailures.class.getResourceAsStream("known-failures/" + language + ".yaml")) {
      return file == null ? Map.of() : YAML.readValue(file, new TypeReference<>() {});
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
