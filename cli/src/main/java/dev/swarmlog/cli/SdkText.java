package dev.swarmlog.cli;

import dev.swarmlog.generate.Finding;
import dev.swarmlog.generate.Language;
import dev.swarmlog.generate.Tool;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Shows what can be generated, and what is missing for the rest. */
final class SdkText {

  private final Output output;

  SdkText(Output output) {
    this.output = output;
  }

  void show(Map<Language, List<Finding>> findings) {
    List<List<String>> rows = new ArrayList<>();
    Set<String> installs = new LinkedHashSet<>();
    findings.forEach(
        (language, tools) -> {
          String ready = ready(tools) ? "yes" : "no";
          if (tools.isEmpty()) {
            rows.add(List.of(language.id(), ready, "-", "-", "nothing needed"));
          }
          for (Finding finding : tools) {
            boolean first = finding == tools.get(0);
            rows.add(
                List.of(
                    first ? language.id() : "",
                    first ? ready : "",
                    finding.tool().title(),
                    finding.tool().pin(),
                    state(finding)));
            if (!finding.usable()) {
              installs.add(finding.tool().install());
            }
          }
        });
    output.table(List.of("LANGUAGE", "READY", "GENERATOR", "VERSION", "FOUND"), rows);
    if (!installs.isEmpty()) {
      output.line("");
      output.line("Install what is missing:");
      installs.forEach(install -> output.line("  " + install));
    }
  }

  private static boolean ready(List<Finding> tools) {
    return tools.stream().allMatch(Finding::usable);
  }

  private static String state(Finding finding) {
    if (finding instanceof Finding.ComesAlong) {
      return "comes along";
    }
    if (finding instanceof Finding.Ready ready) {
      return ready.program().toString();
    }
    if (finding instanceof Finding.OtherVersion other) {
      return "%s is %s".formatted(other.program(), other.version());
    }
    if (finding instanceof Finding.Broken broken) {
      return "%s does not say its version".formatted(broken.program());
    }
    return "missing";
  }

  void json(Map<Language, List<Finding>> findings) {
    List<Map<String, Object>> languages = new ArrayList<>();
    findings.forEach(
        (language, tools) -> {
          Map<String, Object> answer = new LinkedHashMap<>();
          answer.put("language", language.id());
          answer.put("title", language.title());
          answer.put("ready", ready(tools));
          answer.put("tools", tools.stream().map(SdkText::tool).toList());
          languages.add(answer);
        });
    output.json(Map.of("languages", languages));
  }

  private static Map<String, Object> tool(Finding finding) {
    Tool tool = finding.tool();
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("name", tool.title());
    answer.put("version", tool.pin());
    if (finding instanceof Finding.ComesAlong) {
      answer.put("state", "comes_along");
    } else if (finding instanceof Finding.Ready ready) {
      answer.put("state", "ready");
      answer.put("program", ready.program().toString());
    } else if (finding instanceof Finding.OtherVersion other) {
      answer.put("state", "other_version");
      answer.put("program", other.program().toString());
      answer.put("foundVersion", other.version());
    } else if (finding instanceof Finding.Broken broken) {
      answer.put("state", "broken");
      answer.put("program", broken.program().toString());
    } else {
      answer.put("state", "missing");
    }
    if (!finding.usable()) {
      answer.put("install", tool.install());
    }
    return answer;
  }
}
