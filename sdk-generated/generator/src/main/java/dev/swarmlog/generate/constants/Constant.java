package dev.swarmlog.generate.constants;

/**
 * One value of the contract.
 *
 * @param name in lower case with underscores, as in the contract; units are part of it
 * @param value a Long that fits 32 bits without sign, or a String
 */
public record Constant(String name, Object value) {

  /** The largest number a constant can have: the contract's are uint32. */
  public static final long MAX_NUMBER = 0xffff_ffffL;

  public Constant {
    boolean fits =
        value instanceof String
            || value instanceof Long number && number >= 0 && number <= MAX_NUMBER;
    if (!fits) {
      throw new IllegalArgumentException(
          "Expected %s to be a text or a number from 0 to %d, but it is %s"
              .formatted(name, MAX_NUMBER, value));
    }
  }
}
