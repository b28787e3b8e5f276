package dev.swarmlog.demo.polyglot.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.swarmlog.sdk.Payloads;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Origin;
import dev.swarmlog.v1.Topic;
import org.junit.jupiter.api.Test;

class FoldTest {
  private final Fold fold = Fold.empty();

  @Test
  void shouldChainEvents() {
    // when
    fold.apply(event(1, "a"));
    fold.apply(event(2, "b"));

    // then, as sha256sum and the agent in Python have it
    Fold.Report report = fold.report(event(2, "b"));
    assertThat(report.events()).isEqualTo(2);
    assertThat(report.chain())
        .isEqualTo("ac801c2ef8753f5f117fa8512dea5681d91feb10de2a4af83a72cb74b5cffce2");
  }

  @Test
  void shouldDigestKeysInTheOrderOfTheirUtf8() {
    // given two keys that UTF-16 would order the other way round
    fold.apply(keyed(1, "\uD834\uDD1E", "clef"));
    fold.apply(keyed(2, "\uFF5E", "tilde"));

    // then
    assertThat(fold.table().keySet())
        .containsExactly(
            ByteString.copyFromUtf8("\uFF5E"), ByteString.copyFromUtf8("\uD834\uDD1E"));
  }

  @Test
  void shouldRemoveWhatIsDeleted() {
    // given
    fold.apply(keyed(1, "k", "v"));
    String empty = Fold.empty().report(event(1, "")).table();
    assertThat(fold.report(event(1, "")).table()).isNotEqualTo(empty);

    // when
    fold.apply(keyed(2, "k", "").toBuilder().setTombstone(true).build());

    // then
    assertThat(fold.report(event(2, "")).table()).isEqualTo(empty);
    assertThat(fold.report(event(2, "")).keys()).isZero();
  }

  @Test
  void shouldPassOverWhatDoesNotCount() {
    Operation event = event(1, "a");
    assertThat(Fold.counts(event)).isTrue();
    assertThat(Fold.counts(event.toBuilder().setTarget(Targets.agent("a")).build())).isFalse();
    assertThat(Fold.counts(from(OperationClass.OPERATION_CLASS_EVENT))).isFalse();
    // An expired key ends by an operation that has an origin, and is not given again.
    assertThat(Fold.counts(from(OperationClass.OPERATION_CLASS_UNSPECIFIED))).isTrue();
    // Events of one topic, keys of the other.
    fold.apply(event.toBuilder().setTopic(Topic.TOPIC_RECONCILIATION).build());
    fold.apply(keyed(2, "k", "v").toBuilder().setTopic(Topic.TOPIC_COMMANDS).build());
    assertThat(fold.events()).isZero();
    assertThat(fold.table()).isEmpty();
  }

  @Test
  void shouldCopyIndependently() {
    // given
    Fold copy = fold.copy();

    // when
    copy.apply(event(1, "a"));
    copy.apply(keyed(2, "k", "v"));

    // then
    assertThat(fold.events()).isZero();
    assertThat(fold.table()).isEmpty();
    assertThat(copy.table()).hasSize(1);
  }

  private static Operation from(OperationClass first) {
    Origin origin = Origin.newBuilder().setOpId(1).setOperationClass(first).build();
    return event(2, "a").toBuilder().setOrigin(origin).build();
  }

  private static Operation event(long opId, String text) {
    return Operation.newBuilder()
        .setOpId(opId)
        .setTopic(Topic.TOPIC_COMMANDS)
        .setTarget(Targets.all())
        .setOperationClass(OperationClass.OPERATION_CLASS_EVENT)
        .setPayload(Payloads.text("polyglot.Report", text))
        .build();
  }

  private static Operation keyed(long opId, String key, String text) {
    return event(opId, text).toBuilder()
        .setTopic(Topic.TOPIC_RECONCILIATION)
        .setOperationClass(OperationClass.OPERATION_CLASS_KEYED)
        .setKey(key)
        .build();
  }
}
