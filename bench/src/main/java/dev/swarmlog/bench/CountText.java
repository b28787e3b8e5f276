package dev.swarmlog.bench;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A number of something on the command line: {@code 10000}. At least 1. */
final class CountText implements ITypeConverter<Integer> {

  @Override
  public Integer convert(String text) {
    try {
      int count = Integer.parseInt(text);
      if (count >= 1) {
        return count;
      }
    } catch (NumberFormatException e) {
      // Told below.
    }
    throw new TypeConversionException(
        "Expected whole numbers from 1 on, such as 10000,100000, but got '" + text + "'.");
  }
}
