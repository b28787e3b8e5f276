package dev.swarmlog.generate;

import dev.swarmlog.generate.constants.PythonConstants;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Python by grpcio-tools, with types beside the messages. */
final class PythonRecipe implements Recipe {

  @Override
  public List<Tool> tools() {
    return List.of(Tool.GRPCIO_TOOLS);
  }

  @Override
  public List<ProtocCall> calls(ContractFiles contract, Map<Tool, Path> programs, Path out) {
    return List.of(
        new ProtocCall(
            Tool.GRPCIO_TOOLS,
            List.of("--python_out=" + out, "--pyi_out=" + out, "--grpc_python_out=" + out),
            contract.own()));
  }

  @Override
  public Map<String, String> texts(ContractFiles contract) {
    return Recipe.constants(new PythonConstants());
  }
}
