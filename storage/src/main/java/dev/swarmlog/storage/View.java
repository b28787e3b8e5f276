package dev.swarmlog.storage;

import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Target;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The scopes a reader sees, of one log.
 *
 * @param all every scope there is; {@code scopes} is empty then
 */
public record View(boolean all, Set<Scope> scopes) {

  private static final View EVERYTHING = new View(true, Set.of());
  private static final View NOTHING = new View(false, Set.of());

  /**
   * By topic, then all, agents, roles, then name in the order of its bytes; as keys are ordered.
   */
  private static final Comparator<Scope> ASCENDING =
      Comparator.comparingInt(Scope::getTopicValue)
          .thenComparingInt(scope -> scope.getTarget().getTargetCase().getNumber())
          .thenComparing(View::name, Arrays::compareUnsigned);

  public View {
    scopes = Set.copyOf(scopes);
  }

  /** Every scope. */
  public static View everything() {
    return EVERYTHING;
  }

  /** No scope. */
  public static View nothing() {
    return NOTHING;
  }

  /** Just these scopes. */
  public static View of(Set<Scope> scopes) {
    return new View(false, scopes);
  }

  /** Whether an operation of that scope is seen. */
  public boolean contains(Scope scope) {
    return all || scopes.contains(scope);
  }

  /** The scopes of this view, of named ones, that are among others. */
  public View within(Collection<Scope> others) {
    Set<Scope> kept = new HashSet<>(scopes);
    kept.retainAll(Set.copyOf(others));
    return View.of(kept);
  }

  /** The scopes of this view, of named ones, that are not among others. */
  public View without(Collection<Scope> others) {
    Set<Scope> kept = new HashSet<>(scopes);
    kept.removeAll(Set.copyOf(others));
    return View.of(kept);
  }

  /** The named scopes, in ascending order. */
  public List<Scope> ascending() {
    return scopes.stream().sorted(ASCENDING).toList();
  }

  private static byte[] name(Scope scope) {
    Target target = scope.getTarget();
    String name =
        switch (target.getTargetCase()) {
          case AGENT -> target.getAgent();
          case ROLE -> target.getRole();
          case ALL, TARGET_NOT_SET -> "";
        };
    return name.getBytes(StandardCharsets.UTF_8);
  }
}
