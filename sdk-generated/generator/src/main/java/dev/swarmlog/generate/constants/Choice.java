package dev.swarmlog.generate.constants;

import java.util.List;

/**
 * An enum of the contract whose values the table of reasons names.
 *
 * @param name as in the contract, such as Retry
 * @param values in the order of their numbers
 */
public record Choice(String name, List<Value> values) {

  /**
   * One value.
   *
   * @param name in upper case, without the enum's own name in front, such as BACKOFF
   * @param number as on the wire
   */
  public record Value(String name, int number) {}
}
