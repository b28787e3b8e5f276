package dev.swarmlog.generate.constants;

import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.rpc.Code;
import dev.swarmlog.v1.ConductProto;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.ErrorsProto;
import dev.swarmlog.v1.ReasonDetail;
import dev.swarmlog.v1.Retry;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * What the contract states as data: the file option {@code conduct} of conduct.proto and the option
 * {@code reason} of each value of ErrorReason in errors.proto.
 *
 * @param single constants of no group
 * @param groups the others
 * @param codes google.rpc.Code
 * @param retries Retry
 * @param reasons in the order of their numbers, without the unspecified one
 */
public record ContractConstants(
    List<Constant> single,
    List<ConstantGroup> groups,
    Choice codes,
    Choice retries,
    List<Reason> reasons) {

  /** Reads the contract this program was built with. */
  public static ContractConstants read() {
    Message conduct = ConductProto.getDescriptor().getOptions().getExtension(ConductProto.conduct);
    List<Constant> single = new ArrayList<>();
    List<ConstantGroup> groups = new ArrayList<>();
    for (FieldDescriptor field : conduct.getDescriptorForType().getFields()) {
      if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
        groups.add(
            new ConstantGroup(field.getName(), constants((Message) conduct.getField(field))));
      } else {
        single.add(constant(conduct, field));
      }
    }
    return new ContractConstants(
        List.copyOf(single),
        List.copyOf(groups),
        choice(Code.getDescriptor(), ""),
        choice(Retry.getDescriptor(), "RETRY_"),
        readReasons());
  }

  private static List<Constant> constants(Message group) {
    return group.getDescriptorForType().getFields().stream()
        .map(field -> constant(group, field))
        .toList();
  }

  private static Constant constant(Message of, FieldDescriptor field) {
    if (!of.getAllFields().containsKey(field)) {
      throw new IllegalStateException(
          "Expected the option conduct to set %s, but it does not".formatted(field.getFullName()));
    }
    return switch (field.getType()) {
      case UINT32 ->
          new Constant(field.getName(), Integer.toUnsignedLong((Integer) of.getField(field)));
      case STRING -> new Constant(field.getName(), (String) of.getField(field));
      default ->
          throw new IllegalStateException(
              "Expected %s to be a uint32 or a string, but it is a %s"
                  .formatted(field.getFullName(), field.getType().name().toLowerCase(Locale.ROOT)));
    };
  }

  private static Choice choice(EnumDescriptor type, String prefix) {
    return new Choice(
        type.getName(),
        type.getValues().stream()
            .sorted(Comparator.comparingInt(EnumValueDescriptor::getNumber))
            .map(value -> new Choice.Value(unprefixed(value, prefix), value.getNumber()))
            .toList());
  }

  private static List<Reason> readReasons() {
    List<Reason> reasons = new ArrayList<>();
    for (EnumValueDescriptor value : ErrorReason.getDescriptor().getValues()) {
      if (value.getNumber() == ErrorReason.ERROR_REASON_UNSPECIFIED_VALUE) {
        continue;
      }
      if (!value.getOptions().hasExtension(ErrorsProto.reason)) {
        throw new IllegalStateException(
            "Expected %s to say what to do about it, but it has no option reason"
                .formatted(value.getName()));
      }
      ReasonDetail detail = value.getOptions().getExtension(ErrorsProto.reason);
      reasons.add(
          new Reason(
              unprefixed(value, "ERROR_REASON_"),
              value.getNumber(),
              detail.getCode().name(),
              unprefixed(detail.getRetry().getValueDescriptor(), "RETRY_"),
              detail.getAction()));
    }
    reasons.sort(Comparator.comparingInt(Reason::number));
    return List.copyOf(reasons);
  }

  private static String unprefixed(EnumValueDescriptor value, String prefix) {
    if (!value.getName().startsWith(prefix)) {
      throw new IllegalStateException(
          "Expected the name of %s to begin with %s, but it does not"
              .formatted(value.getFullName(), prefix));
    }
    return value.getName().substring(prefix.length());
  }
}
