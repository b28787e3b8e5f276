package dev.swarmlog.generate;

import dev.swarmlog.generate.constants.RustConstants;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Rust by prost and tonic: clients only, so that a user of it needs no server of tonic's. */
final class RustRecipe implements Recipe {

  @Override
  public List<Tool> tools() {
    return List.of(Tool.PROTOC, Tool.PROST, Tool.TONIC);
  }

  @Override
  public List<ProtocCall> calls(ContractFiles contract, Map<Tool, Path> programs, Path out) {
    return List.of(
        new ProtocCall(
            Tool.PROTOC,
            List.of(
                Recipe.plugin("prost", programs, Tool.PROST),
                Recipe.plugin("tonic", programs, Tool.TONIC),
                "--prost_out=" + out,
                "--tonic_out=" + out,
                "--tonic_opt=no_server"),
            contract.ownAndGoogleRpc()));
  }

  @Override
  public Map<String, String> texts(ContractFiles contract) {
    return Recipe.constants(new RustConstants());
  }
}
