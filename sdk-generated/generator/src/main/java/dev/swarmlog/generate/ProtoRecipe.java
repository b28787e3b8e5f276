package dev.swarmlog.generate;

import dev.swarmlog.generate.constants.JsonConstants;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The contract itself, with all that it imports, and its constants as JSON, for any other language.
 */
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
    Map<String, String> texts = new TreeMap<>(contract.texts());
    texts.putAll(Recipe.constants(new JsonConstants()));
    return texts;
  }
}
