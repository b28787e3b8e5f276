package dev.swarmlog.generate;

import java.nio.file.Path;
import java.util.List;

/** What became of looking for a tool. */
public sealed interface Finding {

  /** What was looked for. */
  Tool tool();

  /** It comes along with this program. */
  record ComesAlong(Tool tool) implements Finding {}

  /** It is there, in the pinned version, or it does not tell its version. */
  record Ready(Tool tool, Path program) implements Finding {}

  /** It is there in another version. */
  record OtherVersion(Tool tool, Path program, String version) implements Finding {}

  /**
   * It is not there.
   *
   * @param places the folders that were looked in beside those of the PATH
   */
  record Missing(Tool tool, List<Path> places) implements Finding {}

  /** The program is there, and does not work. */
  record Broken(Tool tool, Path program, String said) implements Finding {}

  /** Whether one can generate with it. */
  default boolean usable() {
    return this instanceof ComesAlong || this instanceof Ready;
  }
}
