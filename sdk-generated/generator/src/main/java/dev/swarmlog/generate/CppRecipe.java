package dev.swarmlog.generate;

import dev.swarmlog.generate.constants.CppConstants;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** C++ by the protoc of the system, whose library the code is compiled with. */
final class CppRecipe implements Recipe {

  @Override
  public List<Tool> tools() {
    return List.of(Tool.SYSTEM_PROTOC, Tool.CPP_STUBS);
  }

  @Override
  public List<ProtocCall> calls(ContractFiles contract, Map<Tool, Path> programs, Path out) {
    // A stub without services would be an empty file: only those that have some.
    return List.of(
        new ProtocCall(Tool.SYSTEM_PROTOC, List.of("--cpp_out=" + out), contract.ownAndGoogleRpc()),
        new ProtocCall(
            Tool.SYSTEM_PROTOC,
            List.of(Recipe.plugin("grpc", programs, Tool.CPP_STUBS), "--grpc_out=" + out),
            contract.services()));
  }

  @Override
  public Map<String, String> texts(ContractFiles contract) {
    return Recipe.constants(new CppConstants());
  }
}
