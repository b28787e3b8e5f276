package dev.swarmlog.demo.polyglot;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What is run.
 *
 * @param seconds for how long is published and things go wrong, 5 or more
 * @param seed chooses what is published and what goes wrong when
 * @param folder empty; takes the coordinator's store, what agents keep, and logs
 * @param sdks checkout whose languages take part
 * @param areOthers whether that is not this program's own, so that Java's agent is of it as well
 * @param coordinator the {@code swarmlog} of another distribution that serves instead of this
 *     program; null for none
 */
public record PolyglotSettings(
    int seconds, long seed, Path folder, Path sdks, boolean areOthers, @Nullable Path coordinator) {
  /** Fewer would leave no room for the faults. */
  public static final int MIN_SECONDS = 5;
}
