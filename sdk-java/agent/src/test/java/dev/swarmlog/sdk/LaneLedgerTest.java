package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import dev.swarmlog.v1.DigestPart;
import dev.swarmlog.v1.DigestQuery;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Repair;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.ScopeSums;
import dev.swarmlog.v1.SnapshotPage;
import dev.swarmlog.v1.SnapshotResume;
import dev.swarmlog.v1.SyncReceipt;
import dev.swarmlog.v1.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LaneLedgerTest {
  private static final Scope A = Notation.scope("A");
  private static final Path VECTORS = Path.of("..", "..", "docs", "state-digest-vectors.json");

  @Test
  void shouldComputeTheVectors() throws IOException {
    // given
    Struct.Builder file = Struct.newBuilder();
    JsonFormat.parser().merge(Files.readString(VECTORS), file);
    List<Value> vectors = file.getFieldsOrThrow("vectors").getListValue().getValuesList();
    List<Operation> operations = vectors.stream().map(LaneLedgerTest::operation).toList();
    LaneLedger ledger = new LaneLedger(null, true, List.of());
    LaneStep.SyncStart start =
        new LaneStep.SyncStart(
            operations.stream().map(NaiveFold::scopeOf).distinct().toList(), false, false);
    NaiveFold fold = new NaiveFold();
    for (int i = 0; i < vectors.size(); i++) {
      // when
      Operation operation = operations.get(i);
      LogResume after = deliver(ledger, i == 0 ? start : null, operation).after();
      fold.apply(operation);
      // then
      Scope scope = NaiveFold.scopeOf(operation);
      ScopeSums sums =
          ResumePoint.presented(after).getSumsList().stream()
              .filter(each -> each.getScope().equals(scope))
              .findAny()
              .orElseThrow();
      Map<String, Value> expected = fields(fields(vectors.get(i)).get("expected"));
      assertThat(hex(sums.getStateDigest()))
          .isEqualTo(expected.get("stateDigestHex").getStringValue());
      assertThat(hex(sums.getEventHash())).isEqualTo(expected.get("eventHashHex").getStringValue());
      assertThat((double) sums.getEventCount())
          .isEqualTo(expected.get("eventCount").getNumberValue());
      assertThat(fold.sums(scope)).isEqualTo(sums);
    }
    assertThat(vectors).hasSize(10);
  }

  @Test
  void shouldHandOverTopicsAndClassesOfLaterVersions() {
    // given
    LaneLedger ledger = ledger(true);
    Operation ofTopic = Notation.event(1, A).toBuilder().setTopicValue(77).build();
    Operation ofClass = Notation.event(2, A).toBuilder().setOperationClassValue(77).build();
    // when
    PreparedStep done = deliver(ledger, null, ofTopic, ofClass);
    // then
    assertThat(done.batch().operations()).containsExactly(ofTopic, ofClass);
    assertThat(done.after().getSumsList()).isEmpty();
  }

  @Test
  void shouldOrderKeysByTheirUtf8BytesAsPagesDo() {
    // given
    String highPrivate = "\uFFFD";
    String beyondBasicPlane = "\uD83D\uDE00";
    LaneLedger ledger = ledger(true);
    deliver(
        ledger,
        null,
        Notation.keyed(1, A, highPrivate, "a"),
        Notation.keyed(2, A, beyondBasicPlane, "a"));
    // when
    PreparedStep done = page(ledger, "", highPrivate);
    // then
    assertThat(highPrivate).isGreaterThan(beyondBasicPlane);
    assertThat(Utf8.compare(highPrivate, beyondBasicPlane)).isNegative();
    assertThat(done.batch().operations())
        .extracting(Operation::getKey)
        .containsExactly(highPrivate);
  }

  @Test
  void shouldHandOverWhatAPageChangesAndDeleteWhatItLacks() {
    // given
    LaneLedger ledger = ledger(true);
    deliver(
        ledger,
        null,
        Notation.keyed(1, A, "a", "1"),
        Notation.keyed(2, A, "b", "1"),
        Notation.keyed(3, A, "c", "1"),
        Notation.keyed(4, A, "d", "1"));
    // when
    PreparedStep done =
        page(ledger, "a", "c", Notation.keyed(2, A, "b", "1"), Notation.keyed(7, A, "bb", "2"));
    // then
    assertThat(done.batch().operations())
        .extracting(Notation::text)
        .containsExactly("9:A:c:-", "7:A:bb:2");
    assertThat(done.batch().operations().get(0).getKeyExisted()).isTrue();
    assertThat(done.batch().changedKeys())
        .containsExactly(
            new HeldKey(A, "c", ByteString.EMPTY), new HeldKey(A, "bb", Notation.valueDigest("2")));
    assertThat(done.batch().replaced()).isEmpty();
  }

  @Test
  void shouldSayWhatIsReplacedWhereTheStoreKeepsNoKeys() {
    // given
    LaneLedger ledger = ledger(false);
    deliver(ledger, null, Notation.keyed(1, A, "a", "1"), Notation.event(2, A));
    // when
    PreparedStep paged = page(ledger, "", "b", Notation.keyed(1, A, "a", "1"));
    PreparedStep finished =
        finish(ledger, NaiveFold.of(List.of(Notation.event(2, A), Notation.event(3, A))));
    PreparedStep dropped =
        ledger.prepare(
            new LaneStep(
                Log.LOG_MAIN,
                9,
                resume(9),
                new LaneStep.Delivered(List.of(), List.of(), false),
                new LaneStep.SyncStart(List.of(Notation.scope("B")), false, false)));
    // then
    assertThat(paged.batch().operations()).hasSize(1);
    assertThat(paged.batch().changedKeys()).isEmpty();
    assertThat(paged.batch().replaced()).containsExactly(new KeyInterval(A, "", "b"));
    assertThat(finished.stateDiffers()).isFalse();
    assertThat(finished.mismatches()).singleElement().asString().contains("Expected 2 events");
    assertThat(finished.after().getSums(0).getStateDigest()).isEmpty();
    assertThat(dropped.batch().replaced()).containsExactly(KeyInterval.all(A));
  }

  @Test
  void shouldForgetHowFarAScopeCameThatLeftTheView() {
    // given an agent that was cut off in the middle of a scope
    LogResume stood =
        resume(9).toBuilder()
            .setSnapshot(
                SnapshotResume.newBuilder()
                    .setPosition(Notation.position("main@9"))
                    .setScope(A)
                    .setLastKey("k"))
            .build();
    LaneLedger ledger = new LaneLedger(stood, true, List.of());
    // when its view is another one, and the snapshot goes on with a question
    PreparedStep asked =
        ledger.prepare(
            new LaneStep(
                Log.LOG_MAIN,
                9,
                stood,
                new LaneStep.Queried(DigestQuery.newBuilder().setQueryId(1).build(), false),
                new LaneStep.SyncStart(List.of(Notation.scope("B")), false, false)));
    // then the scope begins anew, should it come back to the view
    assertThat(Notation.text(asked.after()))
        .startsWith("main@9, in snapshot of main@9")
        .doesNotContain("behind");
  }

  @Test
  void shouldGoOnFromACursorThatIsAPositionOnly() {
    // given
    LaneLedger ledger = new LaneLedger(resume(5), true, List.of());
    deliver(
        ledger,
        new LaneStep.SyncStart(List.of(A), false, false),
        Notation.event(6, A),
        Notation.keyed(7, A, "x", "a"));
    // when
    NaiveFold fold =
        NaiveFold.of(
            List.of(Notation.event(1, A), Notation.keyed(2, A, "y", "a"), Notation.event(6, A)));
    PreparedStep finished = finish(ledger, fold);
    PreparedStep live = deliver(ledger, null, Notation.event(8, A));
    // then
    assertThat(finished.mismatches()).isEmpty();
    fold.apply(Notation.event(8, A));
    ScopeSums sums = live.after().getSums(0);
    assertThat(sums.getStateDigest()).isEmpty();
    assertThat(sums.getEventHash()).isEqualTo(fold.sums(A).getEventHash());
    assertThat(sums.getEventCount()).isEqualTo(3);
  }

  @Test
  void shouldCountWhatCameInVain() {
    // given
    LaneLedger ledger = ledger(true);
    deliver(ledger, null, Notation.keyed(1, A, "x", "a"));
    // when
    PreparedStep again =
        deliver(
            ledger,
            null,
            Notation.keyed(2, A, "x", "a"),
            Notation.keyed(3, A, "none", null),
            Notation.keyed(4, A, "x", "b"));
    // then
    assertThat(again.redundant()).isEqualTo(2);
    assertThat(again.batch().operations()).hasSize(3);
    assertThat(again.batch().changedKeys())
        .containsExactly(new HeldKey(A, "x", Notation.valueDigest("b")));
  }

  @Test
  void shouldTellKeysOfAnotherCursor() {
    // given
    LogResume stored = deliver(ledger(true), null, Notation.keyed(1, A, "x", "a")).after();
    HeldKey x = new HeldKey(A, "x", Notation.valueDigest("a"));
    // when, then
    assertThat(new LaneLedger(stored, true, List.of(x)).differing()).isEmpty();
    assertThat(new LaneLedger(stored, true, List.of(x.unknown())).differing()).isEmpty();
    assertThat(new LaneLedger(stored, true, List.of()).differing()).containsExactly(A);
  }

  @Test
  void shouldHandOverAllOfARepairAlsoWhatItHoldsAlready() {
    // given
    LaneLedger ledger = ledger(true);
    deliver(
        ledger,
        null,
        Notation.keyed(1, A, "a", "1"),
        Notation.keyed(2, A, "b", "1"),
        Notation.keyed(3, A, "c", "1"));
    // when
    PreparedStep done =
        repair(
            ledger,
            repairOf("", "b", Notation.keyed(1, A, "a", "1")),
            repairOf("c", "d", Notation.keyed(4, A, "d", "2")));
    // then
    assertThat(done.batch().repair()).isTrue();
    assertThat(done.batch().operations())
        .extracting(Notation::text)
        .containsExactly("9:A:b:-", "1:A:a:1", "4:A:d:2");
    assertThat(done.batch().changedKeys())
        .containsExactly(
            new HeldKey(A, "b", ByteString.EMPTY),
            new HeldKey(A, "a", Notation.valueDigest("1")),
            new HeldKey(A, "d", Notation.valueDigest("2")));
    assertThat(done.after().getSums(0).getStateDigest())
        .isEqualTo(
            NaiveFold.of(
                    List.of(
                        Notation.keyed(1, A, "a", "1"),
                        Notation.keyed(3, A, "c", "1"),
                        Notation.keyed(4, A, "d", "2")))
                .sums(A)
                .getStateDigest());
  }

  @Test
  void shouldNameNoKeysWhereTheStoreKeepsNone() {
    // given
    LaneLedger ledger = ledger(false);
    deliver(ledger, null, Notation.keyed(1, A, "a", "1"), Notation.event(2, A));
    // when
    PreparedStep asked = query(ledger, 1);
    PreparedStep repaired = repair(ledger, repairOf("", "b", Notation.keyed(1, A, "a", "1")));
    // then
    assertThat(asked.digests().getPartsList())
        .singleElement()
        .satisfies(
            part -> {
              assertThat(part.getKeyCount()).isZero();
              assertThat(part.getDigest()).isEqualTo(StateDigests.ZERO);
            });
    assertThat(ResumePoint.reported(asked.after(), true))
        .singleElement()
        .satisfies(
            sums -> {
              assertThat(sums.getStateDigest()).isEmpty();
              assertThat(sums.getEventCount()).isEqualTo(1);
            });
    assertThat(repaired.batch().replaced()).containsExactly(new KeyInterval(A, "", "b"));
    assertThat(repaired.batch().changedKeys()).isEmpty();
  }

  @Test
  void shouldTakeOverWhatTheUserHoldsOrNothingIfThatFails() {
    // given
    List<String> held = new ArrayList<>(List.of("a", "1", "b", "2", "b", "3", "d", "1"));
    StateSource source =
        (scope, holder) -> {
          for (int i = 0; i < held.size(); i += 2) {
            if (held.get(i).isEmpty()) {
              throw new IOException("Expected a database, but it is gone");
            }
            holder.value(held.get(i), Notation.payload(held.get(i + 1)));
          }
        };
    LaneLedger ledger = new LaneLedger(null, true, List.of(), source);
    deliver(
        ledger,
        new LaneStep.SyncStart(List.of(A), false, false),
        Notation.keyed(1, A, "a", "1"),
        Notation.keyed(2, A, "b", "1"),
        Notation.keyed(3, A, "c", "1"));
    // when
    PreparedStep compared = compare(ledger);
    held.addAll(0, List.of("x", "1", "", ""));
    PreparedStep failed = compare(ledger);
    PreparedStep asked = query(ledger, 1);
    // then
    assertThat(compared.unread()).isNull();
    assertThat(compared.batch().operations()).isEmpty();
    assertThat(compared.batch().changedKeys())
        .containsExactly(
            new HeldKey(A, "c", ByteString.EMPTY),
            new HeldKey(A, "b", Notation.valueDigest("3")),
            new HeldKey(A, "d", Notation.valueDigest("1")));
    assertThat(failed.unread()).isInstanceOf(IOException.class);
    assertThat(failed.batch().changedKeys()).isEmpty();
    assertThat(failed.after()).isEqualTo(compared.after());
    assertThat(asked.digests().getPartsList())
        .extracting(DigestPart::getThroughKey)
        .containsExactly("a", "b", "d", "");
  }

  @Test
  void shouldSayWhetherItKnowsItsKeys() {
    LaneLedger keeps = ledger(true);
    LaneLedger keepsNone = ledger(false);
    deliver(keepsNone, null, Notation.keyed(1, A, "a", "1"));
    // then
    assertThat(query(keeps, 1).digests().getUnknown()).isFalse();
    assertThat(query(keepsNone, 1).digests().getUnknown()).isTrue();
    assertThat(query(keepsNone, 1).digests().getPartsList())
        .isEqualTo(query(keeps, 1).digests().getPartsList());
  }

  private static SnapshotPage repairOf(String after, String through, Operation... operations) {
    return SnapshotPage.newBuilder()
        .setPosition(Notation.position("main@9"))
        .setScope(A)
        .setAfterKey(after)
        .setThroughKey(through)
        .addAllOperations(List.of(operations))
        .build();
  }

  private static PreparedStep repair(LaneLedger ledger, SnapshotPage... pages) {
    Repair repair = Repair.newBuilder().addAllPages(List.of(pages)).build();
    return between(ledger, new LaneStep.Repaired(repair));
  }

  private static PreparedStep query(LaneLedger ledger, long queryId) {
    return between(
        ledger,
        new LaneStep.Queried(
            DigestQuery.newBuilder().setQueryId(queryId).setScope(A).setMaxParts(32).build(),
            false));
  }

  private static PreparedStep compare(LaneLedger ledger) {
    return between(ledger, new LaneStep.Compared());
  }

  private static PreparedStep between(LaneLedger ledger, LaneStep.Content content) {
    return ledger.prepare(new LaneStep(Log.LOG_MAIN, 9, resume(9), content, null));
  }

  private static LaneLedger ledger(boolean keepsKeys) {
    LaneLedger ledger = new LaneLedger(null, keepsKeys, List.of());
    deliver(ledger, new LaneStep.SyncStart(List.of(A), false, false));
    return ledger;
  }

  private static PreparedStep deliver(
      LaneLedger ledger, LaneStep.SyncStart start, Operation... operations) {
    long to = operations.length == 0 ? 0 : operations[operations.length - 1].getOpId();
    return ledger.prepare(
        new LaneStep(
            Log.LOG_MAIN,
            0,
            resume(to),
            new LaneStep.Delivered(List.of(operations), List.of(), false),
            start));
  }

  private static PreparedStep page(
      LaneLedger ledger, String after, String through, Operation... operations) {
    SnapshotPage page =
        SnapshotPage.newBuilder()
            .setPosition(Notation.position("main@9"))
            .setScope(A)
            .setAfterKey(after)
            .setThroughKey(through)
            .addAllOperations(List.of(operations))
            .build();
    return ledger.prepare(
        new LaneStep(Log.LOG_MAIN, 9, resume(9), new LaneStep.Paged(page, List.of(A)), null));
  }

  private static PreparedStep finish(LaneLedger ledger, NaiveFold fold) {
    SyncReceipt receipt = SyncReceipt.newBuilder().addSums(fold.sums(A)).build();
    return ledger.prepare(
        new LaneStep(Log.LOG_MAIN, 9, resume(9), new LaneStep.Finished(receipt, List.of(A)), null));
  }

  private static LogResume resume(long opId) {
    return LogResume.newBuilder().setPosition(Notation.position("main@" + opId)).build();
  }

  private static Operation operation(Value vector) {
    Map<String, Value> fields = fields(vector);
    Target target =
        switch ((int) fields.get("kind").getNumberValue()) {
          case 1 -> Targets.all();
          case 2 -> Targets.agent(fields.get("name").getStringValue());
          default -> Targets.role(fields.get("name").getStringValue());
        };
    return Operation.newBuilder()
        .setOpId((long) fields.get("opId").getNumberValue())
        .setTopicValue((int) fields.get("topic").getNumberValue())
        .setTarget(target)
        .setOperationClass(
            OperationClass.valueOf("OPERATION_CLASS_" + fields.get("class").getStringValue()))
        .setKey(fields.get("key").getStringValue())
        .setTombstone(fields.get("tombstone").getBoolValue())
        .setValueDigest(
            ByteString.copyFrom(
                HexFormat.of()
                    .parseHex(
                        fields(fields.get("expected")).get("valueDigestHex").getStringValue())))
        .build();
  }

  private static Map<String, Value> fields(Value value) {
    return value.getStructValue().getFieldsMap();
  }

  private static String hex(ByteString bytes) {
    return HexFormat.of().formatHex(bytes.toByteArray());
  }
}
