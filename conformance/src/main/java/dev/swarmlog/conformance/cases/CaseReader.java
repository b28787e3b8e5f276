package dev.swarmlog.conformance.cases;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.swarmlog.conformance.v1.Feature;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads case files, strictly: a word it does not know is an error. */
public final class CaseReader {
  private static final ObjectMapper YAML =
      JsonMapper.builder(new YAMLFactory())
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .build();

  private static final Map<String, Class<? extends Step>> VERBS = verbs();

  private CaseReader() {}

  private record File(
      String about,
      @Nullable String group,
      @Nullable List<String> needs,
      @Nullable AgentSettings agent,
      @Nullable List<String> log,
      List<JsonNode> steps,
      @Nullable String end,
      @JsonProperty("after_cut") @Nullable String afterCut,
      @Nullable String uncuttable) {}

  /**
   * Reads a case.
   *
   * @throws IllegalArgumentException if it is no case, and says where
   */
  public static Case read(String name, String yaml) {
    try {
      File file = YAML.readValue(yaml, File.class);
      List<Step> steps = new ArrayList<>();
      for (JsonNode step : file.steps()) {
        steps.add(step(step));
      }
      return new Case(
          name,
          file.about(),
          group(file.group()),
          orEmpty(file.needs()).stream().map(CaseReader::feature).toList(),
          file.agent() == null ? AgentSettings.standard() : file.agent(),
          orEmpty(file.log()),
          steps,
          file.end() == null
              ? Case.End.COMPLETE
              : Case.End.valueOf(file.end().toUpperCase(Locale.ROOT)),
          file.afterCut(),
          file.uncuttable());
    } catch (IOException | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "Expected a case in %s, but: %s".formatted(name, e.getMessage()), e);
    }
  }

  /** The words that steps begin with, and the fields of each. */
  static Map<String, Class<? extends Step>> vocabulary() {
    return VERBS;
  }

  private static Step step(JsonNode node) throws JsonProcessingException {
    if (node.isTextual()) {
      return YAML.treeToValue(YAML.createObjectNode(), verb(node.textValue()));
    }
    if (!node.isObject() || node.size() != 1) {
      throw new IllegalArgumentException("Expected a step such as \"- ack: 3\", but got " + node);
    }
    String name = node.fieldNames().next();
    Class<? extends Step> verb = verb(name);
    JsonNode fields = node.get(name);
    if (!fields.isObject()) {
      ObjectNode single = YAML.createObjectNode();
      single.set(firstField(verb), fields);
      fields = single;
    }
    try {
      return YAML.treeToValue(fields, verb);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("step " + node + ": " + e.getOriginalMessage(), e);
    }
  }

  private static Class<? extends Step> verb(String name) {
    Class<? extends Step> verb = VERBS.get(name);
    if (verb == null) {
      throw new IllegalArgumentException(
          "Expected one of the steps %s, but got %s"
              .formatted(String.join(", ", VERBS.keySet().stream().sorted().toList()), name));
    }
    return verb;
  }

  private static String firstField(Class<? extends Step> verb) {
    RecordComponent[] components = verb.getRecordComponents();
    if (components.length == 0) {
      throw new IllegalArgumentException(
          "Expected the step %s to stand alone".formatted(verb.getSimpleName()));
    }
    return snakeCase(components[0].getName());
  }

  private static Map<String, Class<? extends Step>> verbs() {
    Map<String, Class<? extends Step>> verbs = new HashMap<>();
    for (Class<?> group :
        List.of(
            LogSteps.class,
            SessionSteps.class,
            LaneSteps.class,
            HandlerSteps.class,
            FaultSteps.class,
            PublisherSteps.class)) {
      for (Class<?> member : group.getDeclaredClasses()) {
        if (Step.class.isAssignableFrom(member)) {
          verbs.put(snakeCase(member.getSimpleName()), member.asSubclass(Step.class));
        }
      }
    }
    return verbs;
  }

  private static String snakeCase(String name) {
    String first = name.substring(0, 1).toLowerCase(Locale.ROOT);
    return first + name.substring(1).replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }

  private static Case.Group group(@Nullable String name) {
    for (Case.Group group : Case.Group.values()) {
      if (group.name().toLowerCase(Locale.ROOT).replace('_', '-').equals(name)) {
        return group;
      }
    }
    throw new IllegalArgumentException(
        "Expected \"group:\" with one of %s, but got %s"
            .formatted(Arrays.toString(Case.Group.values()), name));
  }

  private static Feature feature(String name) {
    return Feature.valueOf("FEATURE_" + name.toUpperCase(Locale.ROOT).replace('-', '_'));
  }

  private static <T> List<T> orEmpty(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }
}
