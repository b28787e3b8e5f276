package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swarmlog.conformance.vectors.Vector;
import dev.swarmlog.conformance.vectors.VectorCheck;
import dev.swarmlog.conformance.vectors.VectorFiles;
import dev.swarmlog.conformance.vectors.VectorTarget;
import dev.swarmlog.conformance.vectors.VectorVerdict;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class VectorComputerTest {
  private final VectorComputer computer = new VectorComputer();

  static Stream<Vector> vectors() {
    return VectorFiles.KINDS.stream().map(VectorFiles::ofKind).flatMap(List::stream);
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void shouldComputeWhatIsExpected(Vector vector) {
    VectorVerdict verdict =
        VectorCheck.run(
            vector,
            (kind, input) -> new VectorTarget.Answer.Computed(computer.compute(kind, input)));

    assertThat(verdict)
        .as("%s: %s", vector.kind(), vector.name())
        .isEqualTo(new VectorVerdict.Passed());
  }

  @Test
  void shouldSayWhatIsWrongWithAnInput() {
    assertThatThrownBy(() -> computer.compute("weather", "{}"))
        .hasMessageContaining("but got weather");
    assertThatThrownBy(() -> computer.compute("backoff", "{}"))
        .hasMessageContaining("Expected a field fraction");
    assertThatThrownBy(() -> computer.compute("backoff", "{"))
        .hasMessageContaining("Expected JSON");
    assertThatThrownBy(() -> computer.compute("errors", "{\"statusHex\": \"ff\"}"))
        .hasMessageContaining("Expected an input that parses");
  }
}
