package dev.swarmlog.generate;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Where programs may be.
 *
 * @param variables of the environment
 * @param home the user's folder
 * @param workingFolder relative paths begin there
 */
public record Surroundings(Map<String, String> variables, Path home, Path workingFolder) {

  /** Those of this process. */
  public static Surroundings ofThisProcess() {
    return new Surroundings(
        System.getenv(), Path.of(System.getProperty("user.home")), Path.of("").toAbsolutePath());
  }

  /** The folders of the PATH, in order. */
  List<Path> path() {
    return Stream.of(variables.getOrDefault("PATH", "").split(Pattern.quote(File.pathSeparator)))
        .filter(entry -> !entry.isEmpty())
        .map(workingFolder::resolve)
        .toList();
  }

  /** Folders that a tool's installer puts it into, on the PATH or not. */
  List<Path> obviousPlaces(Tool tool) {
    return switch (tool) {
      case GO_MESSAGES, GO_STUBS -> goPlaces();
      case PROST, TONIC ->
          List.of(folder("CARGO_HOME").orElse(home.resolve(".cargo")).resolve("bin"));
      case ES -> List.of(workingFolder.resolve("node_modules").resolve(".bin"));
      default -> List.of();
    };
  }

  private List<Path> goPlaces() {
    List<Path> places = new ArrayList<>();
    folder("GOBIN").ifPresent(places::add);
    String gopath =
        variables.getOrDefault("GOPATH", "").split(Pattern.quote(File.pathSeparator))[0];
    places.add((gopath.isEmpty() ? home.resolve("go") : Path.of(gopath)).resolve("bin"));
    return places;
  }

  private Optional<Path> folder(String variable) {
    return Optional.ofNullable(variables.get(variable))
        .filter(value -> !value.isEmpty())
        .map(Path::of);
  }
}
