package dev.swarmlog.generate;

import dev.swarmlog.generate.constants.GoConstants;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Go. The contract names no Go package; which one it is in does not show in the generated code, as
 * all of it is in one package, so it can be put into any module.
 */
final class GoRecipe implements Recipe {

  private static final String PACKAGE = "swarmlog/v1;" + GoConstants.PACKAGE;

  @Override
  public List<Tool> tools() {
    return List.of(Tool.PROTOC, Tool.GO_MESSAGES, Tool.GO_STUBS);
  }

  @Override
  public List<ProtocCall> calls(ContractFiles contract, Map<Tool, Path> programs, Path out) {
    List<String> arguments = new ArrayList<>();
    arguments.add(Recipe.plugin("go", programs, Tool.GO_MESSAGES));
    arguments.add(Recipe.plugin("go-grpc", programs, Tool.GO_STUBS));
    for (String plugin : List.of("go", "go-grpc")) {
      arguments.add("--%s_out=%s".formatted(plugin, out));
      arguments.add("--%s_opt=paths=source_relative".formatted(plugin));
      for (String file : contract.own()) {
        arguments.add("--%s_opt=M%s=%s".formatted(plugin, file, PACKAGE));
      }
    }
    return List.of(new ProtocCall(Tool.PROTOC, arguments, contract.own()));
  }

  @Override
  public Map<String, String> texts(ContractFiles contract) {
    return Recipe.constants(new GoConstants());
  }
}
