package dev.swarmlog.generate;

import dev.swarmlog.generate.constants.TypeScriptConstants;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** TypeScript by Protobuf-ES, whose services Connect calls over gRPC. */
final class TypeScriptRecipe implements Recipe {

  @Override
  public List<Tool> tools() {
    return List.of(Tool.PROTOC, Tool.ES);
  }

  @Override
  public List<ProtocCall> calls(ContractFiles contract, Map<Tool, Path> programs, Path out) {
    return List.of(
        new ProtocCall(
            Tool.PROTOC,
            List.of(
                Recipe.plugin("es", programs, Tool.ES),
                "--es_out=" + out,
                // Modules as Node and browsers load them name the file they import.
                "--es_opt=target=ts,import_extension=js"),
            contract.ownAndGoogleRpc()));
  }

  @Override
  public Map<String, String> texts(ContractFiles contract) {
    return Recipe.constants(new TypeScriptConstants());
  }
}
