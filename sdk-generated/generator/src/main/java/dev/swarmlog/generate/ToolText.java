package dev.swarmlog.generate;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What to say of tools that one cannot generate with. */
final class ToolText {

  private ToolText() {}

  static GenerationException failure(Language language, List<Finding> unusable) {
    List<String> lines = new ArrayList<>();
    lines.add("Expected what generates %s, but:".formatted(language.title()));
    unusable.forEach(finding -> lines.add(problem(finding)));
    String action =
        unusable.stream()
            .map(finding -> finding.tool().install())
            .collect(Collectors.joining("\n    ", "Install:\n    ", ""));
    if (unusable.stream().allMatch(Finding.OtherVersion.class::isInstance)) {
      action += "\n  Or, if files that differ from ours are fine, add --any-version.";
    }
    return GenerationException.tools(String.join("\n", lines), action, unusable);
  }

  /** What is wrong, in a line. */
  static String problem(Finding finding) {
    Tool tool = finding.tool();
    if (finding instanceof Finding.Missing missing) {
      return missing(tool, missing.places());
    }
    if (finding instanceof Finding.OtherVersion other) {
      return "%s %s is there, and %s is wanted: %s"
          .formatted(tool.title(), other.version(), tool.pin(), other.program());
    }
    if (finding instanceof Finding.Broken broken) {
      return "%s does not say its version: %s: %s"
          .formatted(tool.title(), broken.program(), broken.said());
    }
    return "%s %s is there".formatted(tool.title(), tool.pin());
  }

  private static String missing(Tool tool, List<Path> places) {
    if (tool == Tool.GRPCIO_TOOLS && !places.isEmpty()) {
      return "%s %s is not installed in %s".formatted(tool.title(), tool.pin(), places.get(0));
    }
    String beside =
        places.isEmpty()
            ? ""
            : places.stream()
                .map(Path::toString)
                .collect(Collectors.joining(" or ", ", nor in ", ""));
    return "%s %s: %s is not on the PATH%s"
        .formatted(tool.title(), tool.pin(), tool.executable(), beside);
  }
}
