package dev.swarmlog.bench;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A number of operations on the command line: {@code 10000}. */
final class LengthText implements ITypeConverter<Integer> {

  @Override
  public Integer convert(String text) {
    try {
      return Integer.valueOf(text);
    } catch (NumberFormatException e) {
      throw new TypeConversionException(
          "Expected numbers of operations, ascending, such as 10000,100000, but got '"
              + text
              + "'.");
    }
  }
}
