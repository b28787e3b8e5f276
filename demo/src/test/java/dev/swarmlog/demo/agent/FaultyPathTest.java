package dev.swarmlog.demo.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.demo.v1.Assignment;
import dev.swarmlog.demo.v1.JournalOperation;
import dev.swarmlog.demo.v1.SurveyResult;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class FaultyPathTest {
  @ParameterizedTest
  @CsvSource({
    "NONE, 1 2 3 4 5 6",
    "DUPLICATE, 1 2 3 3 4 5 6",
    "DROP, 1 2 4 5 6",
    "REORDER, 1 2 4 3 5 6",
  })
  void shouldChangeOneOperationHoweverBatchesAreCut(Injection injection, String expected) {
    for (int cut = 0; cut <= 6; cut++) {
      // given
      FaultyPath path = new FaultyPath(injection, 2, 0);

      // when
      List<JournalOperation> arrived = new ArrayList<>(path.pass(operations(1, cut)));
      arrived.addAll(path.pass(operations(cut + 1, 6)));

      // then
      assertThat(arrived.stream().map(each -> Long.toString(each.getOpId())))
          .as("cut after %d", cut)
          .containsExactly(expected.split(" "));
    }
  }

  @ParameterizedTest
  @EnumSource(Injection.class)
  void shouldNotRepeatTheFaultAfterARestart(Injection injection) {
    // given
    FaultyPath path = new FaultyPath(injection, 2, 2);

    // when, then
    assertThat(path.pass(operations(3, 6))).isEqualTo(operations(3, 6));
  }

  /** Those with odd IDs are results. */
  private static List<JournalOperation> operations(long from, long to) {
    return LongStream.rangeClosed(from, to).mapToObj(FaultyPathTest::operation).toList();
  }

  private static JournalOperation operation(long opId) {
    JournalOperation.Builder operation = JournalOperation.newBuilder().setOpId(opId);
    return opId % 2 == 1
        ? operation.setResult(SurveyResult.getDefaultInstance()).build()
        : operation.setAssignment(Assignment.getDefaultInstance()).build();
  }
}
