package dev.swarmlog.generate;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Java. Without constants: its messages have the options of the contract at run time. */
final class JavaRecipe implements Recipe {

  @Override
  public List<Tool> tools() {
    return List.of(Tool.PROTOC, Tool.GRPC_JAVA);
  }

  @Override
  public List<ProtocCall> calls(ContractFiles contract, Map<Tool, Path> programs, Path out) {
    return List.of(
        new ProtocCall(
            Tool.PROTOC,
            List.of(
                Recipe.plugin("grpc-java", programs, Tool.GRPC_JAVA),
                "--java_out=" + out,
                "--grpc-java_out=@generated=omit:" + out),
            contract.own()));
  }

  @Override
  public Map<String, String> texts(ContractFiles contract) {
    return Map.of();
  }
}
