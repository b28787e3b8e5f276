package dev.swarmlog.server.path.admit;

import dev.swarmlog.server.NameRule;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.v1.ErrorReason;
import org.jspecify.annotations.Nullable;

/** Refusals of names that break the {@link NameRule}, and of what else is invalid. */
final class Names {

  private Names() {}

  /**
   * Checks a name.
   *
   * @param field as the contract calls it, for the message
   */
  static @Nullable Refusal check(String field, String name, int maxBytes) {
    return NameRule.violation(field, name, maxBytes).map(Names::invalid).orElse(null);
  }

  /** The first that is not null, if any. */
  static @Nullable Refusal firstRefusal(@Nullable Refusal... refusals) {
    for (Refusal refusal : refusals) {
      if (refusal != null) {
        return refusal;
      }
    }
    return null;
  }

  static Refusal invalid(String message) {
    return Refusal.of(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, message);
  }
}
