package dev.swarmlog.storage;

import dev.swarmlog.v1.Scope;
import java.util.Set;

/**
 * The scopes a reader sees, of one log.
 *
 * @param all every scope there is; {@code scopes} is empty then
 */
public record View(boolean all, Set<Scope> scopes) {

  private static final View EVERYTHING = new View(true, Set.of());

  public View {
    scopes = Set.copyOf(scopes);
  }

  /** Every scope. */
  public static View everything() {
    return EVERYTHING;
  }

  /** Just these scopes. */
  public static View of(Set<Scope> scopes) {
    return new View(false, scopes);
  }

  /** Whether an operation of that scope is seen. */
  public boolean contains(Scope scope) {
    return all || scopes.contains(scope);
  }
}
