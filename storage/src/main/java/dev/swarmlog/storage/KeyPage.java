package dev.swarmlog.storage;

import java.util.List;

/**
 * A bounded piece of the keyed state of one scope at one operation, over the keys in {@code
 * (afterKey, throughKey]} in the order of their bytes: those that are live, and no other is.
 *
 * @param afterKey where the page begins; empty for the beginning of the scope
 * @param throughKey where it ends; empty if it goes to the end of the scope
 * @param operations that set the keys, ascending by key
 */
public record KeyPage(String afterKey, String throughKey, List<StoredOperation> operations) {

  /** Whether the scope ends with the page. */
  public boolean isLast() {
    return throughKey.isEmpty();
  }
}
