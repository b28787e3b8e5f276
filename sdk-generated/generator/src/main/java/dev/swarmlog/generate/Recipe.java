package dev.swarmlog.generate;

import dev.swarmlog.generate.constants.ConstantsWriter;
import dev.swarmlog.generate.constants.ContractConstants;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** How one language is generated. Keeps no state. */
interface Recipe {

  /** What it takes. */
  List<Tool> tools();

  /**
   * The runs of protoc, one after the other.
   *
   * @param programs of each tool
   * @param out the folder to generate into
   */
  List<ProtocCall> calls(ContractFiles contract, Map<Tool, Path> programs, Path out);

  /** What is written beside what protoc writes: texts by path. */
  Map<String, String> texts(ContractFiles contract);

  /** The constants as the one text of a recipe. */
  static Map<String, String> constants(ConstantsWriter writer) {
    return Map.of(writer.path(), writer.write(ContractConstants.read()));
  }

  /** The argument that tells protoc where a plugin is. */
  static String plugin(String name, Map<Tool, Path> programs, Tool tool) {
    return "--plugin=protoc-gen-%s=%s".formatted(name, programs.get(tool));
  }
}
