package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swarmlog.conformance.vectors.VectorCheck;
import dev.swarmlog.conformance.vectors.VectorFiles;
import dev.swarmlog.conformance.vectors.VectorTarget;
import dev.swarmlog.conformance.vectors.VectorVerdict;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** That cases catch the others, the suite's own tests show. */
class BrokenTesteesTest {
  static final List<String> KINDS = VectorFiles.KINDS;

  private final VectorComputer computer = new VectorComputer();

  @ParameterizedTest
  @FieldSource("KINDS")
  void shouldFailVectorsOfItsKindAlone(String broken) {
    // given
    Fault fault = BrokenTestees.fault("vector-" + broken);
    VectorTarget target =
        (kind, input) ->
            new VectorTarget.Answer.Computed(fault.answer(kind, computer.compute(kind, input)));
    // when, then
    for (String kind : KINDS) {
      boolean fails =
          VectorFiles.ofKind(kind).stream()
              .map(vector -> VectorCheck.run(vector, target))
              .anyMatch(VectorVerdict.Failed.class::isInstance);
      assertThat(fails).as(kind).isEqualTo(kind.equals(broken));
    }
  }

  @Test
  void shouldHaveOneFaultForEachName() {
    assertThat(BrokenTestees.all()).extracting(BrokenTestees.Broken::name).doesNotHaveDuplicates();
    for (BrokenTestees.Broken broken : BrokenTestees.all()) {
      assertThat(BrokenTestees.fault(broken.name())).isNotSameAs(Fault.NONE);
      assertThat(broken.about()).isNotEmpty();
      assertThat(broken.caughtBy()).isNotEmpty();
    }
    assertThatThrownBy(() -> BrokenTestees.fault("whole"))
        .hasMessageContaining("ack-ahead")
        .hasMessageEndingWith("but got whole");
  }
}
