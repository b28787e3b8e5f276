package dev.swarmlog.generate.constants;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Writes constants as JSON, for languages that nobody wrote a {@link ConstantsWriter} for: numbers
 * by group and name as in the contract, and what comes with each reason.
 */
public final class JsonConstants implements ConstantsWriter {

  @Override
  public String path() {
    return "swarmlog/v1/constants.json";
  }

  @Override
  public String write(ContractConstants constants) {
    Source source = new Source();
    source.line("{");
    for (Constant constant : constants.single()) {
      source.line("  %s,", member(constant));
    }
    for (ConstantGroup group : constants.groups()) {
      source
          .line("  %s: {", Literals.quoted(group.name()))
          .line(
              "%s",
              group.constants().stream()
                  .map(constant -> "    " + member(constant))
                  .collect(Collectors.joining(",\n")))
          .line("  },");
    }
    source.line("  \"reasons\": {").line("%s", reasons(constants.reasons()));
    return source.line("  }").line("}").text();
  }

  private static String member(Constant constant) {
    return Literals.quoted(constant.name()) + ": " + Literals.of(constant.value());
  }

  private static String reasons(List<Reason> reasons) {
    return reasons.stream()
        .map(
            reason ->
                "    %s: {\"code\": %s, \"retry\": %s, \"action\": %s}"
                    .formatted(
                        Literals.quoted(reason.name()),
                        Literals.quoted(reason.code()),
                        Literals.quoted(reason.retry()),
                        Literals.quoted(reason.action())))
        .collect(Collectors.joining(",\n"));
  }
}
