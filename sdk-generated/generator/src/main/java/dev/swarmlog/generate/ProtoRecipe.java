package dev.swarmlog.generate;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The contract itself, with all that it imports, for generators of any other language. */
final class ProtoRecipe implements Recipe {

  @Override
  public List<Tool> tools() {
    return List.of();
  }

  @Override
  public List<ProtocCall> calls(ContractFiles contract, Map<Tool, Path> programs, Path out) {
    return List.of();
  }

  @Override
  public Map<String, String> texts(ContractFiles contract) {
    return contract.texts();
  }
}
