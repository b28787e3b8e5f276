package dev.swarmlog.generate;

import dev.swarmlog.generate.constants.KotlinConstants;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Kotlin: builders and coroutine stubs on top of the messages and stubs in Java. */
final class KotlinRecipe implements Recipe {

  @Override
  public List<Tool> tools() {
    return List.of(Tool.PROTOC, Tool.GRPC_KOTLIN);
  }

  @Override
  public List<ProtocCall> calls(ContractFiles contract, Map<Tool, Path> programs, Path out) {
    return List.of(
        new ProtocCall(
            Tool.PROTOC,
            List.of(
                Recipe.plugin("grpckt", programs, Tool.GRPC_KOTLIN),
                "--kotlin_out=" + out,
                "--grpckt_out=" + out),
            contract.own()));
  }

  @Override
  public Map<String, String> texts(ContractFiles contract) {
    return Recipe.constants(new KotlinConstants());
  }
}
