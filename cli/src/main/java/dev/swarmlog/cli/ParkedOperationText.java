package dev.swarmlog.cli;

import dev.swarmlog.v1.Position;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** An operation that can be parked: as {@link OperationIdText}, and from 1 on. */
final class ParkedOperationText implements ITypeConverter<Position> {

  private static final OperationIdText ANY = new OperationIdText();

  @Override
  public Position convert(String text) {
    Position operation = ANY.convert(text);
    if (operation.getOpId() == 0) {
      throw new TypeConversionException(
          "Expected an operation ID of 1 or more, but got '" + text + "'.");
    }
    return operation;
  }
}
