package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.v1.Topic;
import io.opentelemetry.api.common.AttributeKey;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class TraceNamesTest {
  private static final Path PAGE = Path.of("../../docs/observability.md");
  private static final Pattern NAME = Pattern.compile("`((messaging|swarmlog|error)\\.[a-z_.]+)`");

  @Test
  void shouldBeDocumentedAllAndOnlyThose() throws Exception {
    // given
    String page = Files.readString(PAGE);
    String section = page.substring(page.indexOf("\n## Agents and publishers\n") + 1);
    int next = section.indexOf("\n## ", 1);
    Set<String> documented = new TreeSet<>();
    section = next < 0 ? section : section.substring(0, next);
    for (String row : section.lines().filter(line -> line.startsWith("|")).toList()) {
      Matcher names = NAME.matcher(row);
      while (names.find()) {
        documented.add(names.group(1));
      }
    }
    // when
    Set<String> named = new TreeSet<>();
    for (Field field : TraceNames.class.getDeclaredFields()) {
      if (field.getType() == AttributeKey.class) {
        named.add(((AttributeKey<?>) field.get(null)).getKey());
      } else if (field.getType() == String.class
          && field.get(null).toString().contains("messaging.")) {
        named.add(field.get(null).toString());
      }
    }
    // then
    assertThat(named).hasSizeGreaterThan(20);
    assertThat(documented).isEqualTo(named);
  }

  @Test
  void shouldCallWhatANewerCoordinatorHasByNoName() throws IOException {
    assertThat(TraceNames.of(Topic.UNRECOGNIZED)).isEqualTo("unrecognized");
    assertThat(TraceNames.of(Topic.TOPIC_COMMANDS)).isEqualTo("commands");
  }
}
