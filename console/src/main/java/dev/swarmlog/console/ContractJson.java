package dev.swarmlog.console;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.ErrorDetailsProto;
import dev.swarmlog.v1.BreakerReport;
import dev.swarmlog.v1.DriftReport;
import dev.swarmlog.v1.ErrorsProto;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.ParkedReport;
import dev.swarmlog.v1.PartedReport;
import java.util.Map;
import java.util.Optional;

/**
 * The contract as proto JSON: 64-bit numbers are strings, bytes are base64, what is unset is
 * absent.
 */
final class ContractJson {

  private static final JsonFormat.Printer PRINTER =
      JsonFormat.printer()
          .usingTypeRegistry(
              TypeRegistry.newBuilder()
                  .add(ErrorsProto.getDescriptor().getMessageTypes())
                  .add(ErrorDetailsProto.getDescriptor().getMessageTypes())
                  .build())
          .omittingInsignificantWhitespace();

  /** What the coordinator itself publishes, by the type of the payload. */
  private static final Map<String, Parser<? extends Message>> REPORTS =
      Map.of(
          BreakerReport.getDescriptor().getFullName(), BreakerReport.parser(),
          ParkedReport.getDescriptor().getFullName(), ParkedReport.parser(),
          DriftReport.getDescriptor().getFullName(), DriftReport.parser(),
          PartedReport.getDescriptor().getFullName(), PartedReport.parser());

  private ContractJson() {}

  static String print(Message message) throws InvalidProtocolBufferException {
    return PRINTER.print(message);
  }

  static JsonElement tree(Message message) throws InvalidProtocolBufferException {
    return JsonParser.parseString(print(message));
  }

  /** What an operation reports that the coordinator published; empty for everybody else's. */
  static Optional<JsonElement> report(Operation operation) {
    Parser<? extends Message> parser = REPORTS.get(operation.getPayload().getType());
    if (parser == null || !operation.getPublisher().isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(tree(parser.parseFrom(operation.getPayload().getData())));
    } catch (InvalidProtocolBufferException e) {
      return Optional.empty();
    }
  }
}
