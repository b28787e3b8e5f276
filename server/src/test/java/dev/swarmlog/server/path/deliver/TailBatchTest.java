package dev.swarmlog.server.path.deliver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.Delivery;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TailBatchTest {

  private static final Scope ANT = Operations.agent("ant");
  private static final Scope BEE = Operations.agent("bee");

  private final TailBatch batch =
      new TailBatch(
          10,
          List.of(
              Operations.stored(11, Operations.ALL, 3),
              Operations.stored(12, ANT, 200),
              Operations.stored(13, BEE, 0),
              Operations.stored(14, Operations.ALL, 20_000)),
          CommitTimes.UNKNOWN,
          Map.of());

  private static List<Long> opIds(EncodedRun run) throws Exception {
    return Delivery.parseFrom(run.bytes()).getOperationsList().stream()
        .map(Operation::getOpId)
        .toList();
  }

  @Test
  void shouldEncodeWhatAViewSeesAsFieldsOfADelivery() throws Exception {
    assertThat(opIds(batch.encoded(View.everything(), 10))).containsExactly(11L, 12L, 13L, 14L);
    assertThat(opIds(batch.encoded(View.of(Set.of(Operations.ALL, ANT)), 10)))
        .containsExactly(11L, 12L, 14L);
    assertThat(opIds(batch.encoded(View.of(Set.of(BEE)), 10))).containsExactly(13L);
    assertThat(batch.encoded(View.of(Set.of(Operations.agent("cow"))), 10))
        .isSameAs(EncodedRun.EMPTY);
  }

  @Test
  void shouldKeepTheBytesOfEachOperation() throws Exception {
    StoredOperation stored = Operations.stored(1, Operations.ALL, 300);
    EncodedRun run = EncodedRun.of(List.of(stored), CommitTimes.UNKNOWN, Map.of());
    assertThat(Delivery.parseFrom(run.bytes()).getOperations(0).toByteArray())
        .isEqualTo(stored.bytes());
  }

  @Test
  void shouldEncodeOnceForAllViewsThatSeeTheSame() {
    View ant = View.of(Set.of(Operations.ALL, ANT, Operations.agent("cow")));
    View alsoAnt = View.of(Set.of(Operations.ALL, ANT));
    assertThat(batch.encoded(ant, 10)).isSameAs(batch.encoded(alsoAnt, 10));
    assertThat(batch.encoded(View.everything(), 10))
        .isSameAs(batch.encoded(View.of(Set.of(Operations.ALL, ANT, BEE)), 10));
  }

  @Test
  void shouldLeaveOutWhatALaneHasAlready() throws Exception {
    assertThat(opIds(batch.encoded(View.everything(), 12))).containsExactly(13L, 14L);
  }

  @Test
  void shouldKeepNoMoreFormsThanAreAsLargeAsTheBatch() {
    // given a form of nearly all of it is kept
    View nearlyAll = View.of(Set.of(Operations.ALL, BEE));
    assertThat(batch.encoded(nearlyAll, 10)).isSameAs(batch.encoded(nearlyAll, 10));

    // then there is room for a small one still, and for no other large one
    View small = View.of(Set.of(BEE));
    View large = View.of(Set.of(Operations.ALL, ANT));
    assertThat(batch.encoded(small, 10)).isSameAs(batch.encoded(small, 10));
    assertThat(batch.encoded(large, 10)).isNotSameAs(batch.encoded(large, 10));
    assertThat(batch.encoded(View.everything(), 10)).isSameAs(batch.encoded(View.everything(), 10));
  }

  @Test
  void shouldKeepSoManyForms() {
    // given a batch of many scopes
    List<StoredOperation> operations = new ArrayList<>();
    for (int i = 1; i <= 2 * TailBatch.MAX_FILTERED_FORMS; i++) {
      operations.add(Operations.stored(i, Operations.agent("agent-" + i), 10));
    }
    TailBatch wide = new TailBatch(0, operations, CommitTimes.UNKNOWN, Map.of());

    // then the forms of so many views are kept, and no more
    for (int i = 1; i <= operations.size(); i++) {
      View one = View.of(Set.of(Operations.agent("agent-" + i)));
      EncodedRun form = wide.encoded(one, 0);
      if (i <= TailBatch.MAX_FILTERED_FORMS) {
        assertThat(wide.encoded(one, 0)).isSameAs(form);
      } else {
        assertThat(wide.encoded(one, 0))
            .isNotSameAs(form)
            .extracting("operationCount")
            .isEqualTo(1);
      }
    }
  }
}
