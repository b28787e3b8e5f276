package dev.swarmlog.generate.constants;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import dev.swarmlog.v1.Conduct;
import dev.swarmlog.v1.ConductProto;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.ErrorsProto;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ContractConstantsTest {

  private static final ContractConstants CONSTANTS = ContractConstants.read();

  @Test
  void shouldHaveEveryValueOfTheOption() {
    // given
    Conduct conduct = ConductProto.getDescriptor().getOptions().getExtension(ConductProto.conduct);

    // then
    assertThat(CONSTANTS.single())
        .hasSize(
            (int)
                conduct.getAllFields().values().stream()
                    .filter(v -> !(v instanceof Message))
                    .count());
    for (ConstantGroup group : CONSTANTS.groups()) {
      var field = Conduct.getDescriptor().findFieldByName(group.name());
      Message values = (Message) conduct.getField(field);
      assertThat(group.constants())
          .as(group.name())
          .hasSameSizeAs(values.getDescriptorForType().getFields())
          .allSatisfy(
              constant ->
                  assertThat(constant.value())
                      .isEqualTo(
                          Integer.toUnsignedLong(
                              (Integer)
                                  values.getField(
                                      values
                                          .getDescriptorForType()
                                          .findFieldByName(constant.name())))));
    }
    assertThat(CONSTANTS.groups())
        .hasSize(conduct.getAllFields().size() - CONSTANTS.single().size());
  }

  @Test
  void shouldSayOfEveryReasonWhatToDo() {
    assertThat(CONSTANTS.reasons())
        .hasSize(ErrorReason.getDescriptor().getValues().size() - 1)
        .allSatisfy(
            reason -> {
              var value = ErrorReason.valueOf("ERROR_REASON_" + reason.name());
              var detail = value.getValueDescriptor().getOptions().getExtension(ErrorsProto.reason);
              assertThat(reason.code()).isEqualTo(detail.getCode().name()).isNotEqualTo("OK");
              assertThat("RETRY_" + reason.retry()).isEqualTo(detail.getRetry().name());
              assertThat(reason.retry()).isNotEqualTo("UNSPECIFIED");
              assertThat(reason.action()).isEqualTo(detail.getAction()).endsWith(".");
            });
  }

  @Test
  void shouldWriteEveryValueInEveryLanguage() {
    for (ConstantsWriter writer : writers()) {
      String text = writer.write(CONSTANTS);
      for (ConstantGroup group : CONSTANTS.groups()) {
        for (Constant constant : group.constants()) {
          assertThat(text).contains(Literals.of(constant.value()));
          assertThat(text.toLowerCase(java.util.Locale.ROOT).replace("_", ""))
              .as("%s in %s", constant.name(), writer.path())
              .contains(constant.name().replace("_", ""));
        }
      }
      for (Reason reason : CONSTANTS.reasons()) {
        assertThat(text).contains(Literals.quoted(reason.name()), Literals.quoted(reason.action()));
      }
      assertThat(text).endsWith("\n").doesNotContain("\t\n", " \n");
    }
  }

  static List<ConstantsWriter> writers() {
    return Stream.of(
            new PythonConstants(),
            new GoConstants(),
            new TypeScriptConstants(),
            new RustConstants(),
            new KotlinConstants(),
            new CppConstants(),
            new JsonConstants())
        .map(ConstantsWriter.class::cast)
        .toList();
  }
}
