package dev.swarmlog.generate.constants;

import java.util.List;

/** Writes constants as a Python module that imports nothing but the standard library. */
public final class PythonConstants implements ConstantsWriter {

  @Override
  public String path() {
    return "swarmlog/v1/constants.py";
  }

  @Override
  public String write(ContractConstants constants) {
    Source source = new Source();
    source
        .line(
            "# Generated from conduct.proto and errors.proto by `swarmlog sdk generate python`. DO NOT EDIT.")
        .line("# ruff: noqa: E501")
        .line("\"\"\"What every client of the contract does alike, as data.\"\"\"")
        .blank()
        .line("import enum")
        .line("from collections.abc import Mapping")
        .line("from types import MappingProxyType")
        .line("from typing import Final, NamedTuple")
        .blank();
    for (Constant constant : constants.single()) {
      constant(source, constant, Names.upperSnake(constant.name()));
    }
    for (ConstantGroup group : constants.groups()) {
      source.blank();
      for (Constant constant : group.constants()) {
        constant(source, constant, Names.upperSnake(group.name(), constant.name()));
      }
    }
    choice(source, constants.codes(), "The code of a gRPC status: google.rpc.Code.");
    choice(source, constants.retries(), "What a client does about an error by itself.");
    reasons(source, constants.reasons());
    return source.text();
  }

  private static void constant(Source source, Constant constant, String name) {
    String type = constant.value() instanceof String ? "str" : "int";
    source.line("%s: Final[%s] = %s", name, type, Literals.of(constant.value()));
  }

  private static void choice(Source source, Choice choice, String what) {
    source
        .blank()
        .blank()
        .line("class %s(enum.IntEnum):", choice.name())
        .line("    \"\"\"%s\"\"\"", what)
        .blank();
    for (Choice.Value value : choice.values()) {
      source.line("    %s = %d", value.name(), value.number());
    }
  }

  private static void reasons(Source source, List<Reason> reasons) {
    source
        .blank()
        .blank()
        .line("class Reason(NamedTuple):")
        .line("    \"\"\"What comes with the reason of an error.\"\"\"")
        .blank()
        .line("    code: Code")
        .line("    retry: Retry")
        .line("    action: str  # What a person can do.")
        .blank()
        .blank()
        .line("# By google.rpc.ErrorInfo.reason.")
        .line("REASONS: Final[Mapping[str, Reason]] = MappingProxyType(")
        .line("    {");
    for (Reason reason : reasons) {
      source
          .line("        %s: Reason(", Literals.quoted(reason.name()))
          .line("            Code.%s,", reason.code())
          .line("            Retry.%s,", reason.retry())
          .line("            %s,", Literals.quoted(reason.action()))
          .line("        ),");
    }
    source.line("    }").line(")");
  }
}
