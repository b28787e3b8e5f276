package dev.swarmlog.demo.checker;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.swarmlog.demo.checker.Finding.Kind;
import dev.swarmlog.demo.journal.RecordFile;
import dev.swarmlog.demo.v1.AckRecord;
import dev.swarmlog.demo.v1.JournalOperation;
import dev.swarmlog.demo.v1.JournalRecord;
import dev.swarmlog.demo.v1.SurveyResult;
import dev.swarmlog.v1.DriftReport;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Topic;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two agents, two files, one round: operations 1 and 2 assign, 3 and 4 answer. */
class CheckerTest {
  private static final JournalOperation ASSIGN_A =
      operation(1, Topic.TOPIC_COMMANDS, "1/a", "assign a");
  private static final JournalOperation ASSIGN_B =
      operation(2, Topic.TOPIC_COMMANDS, "1/b", "assign b");
  private static final JournalOperation ANSWER_B =
      operation(3, Topic.TOPIC_RECONCILIATION, "1/b", "answer b");
  private static final JournalOperation ANSWER_A =
      operation(4, Topic.TOPIC_RECONCILIATION, "1/a", "answer a");
  private static final List<JournalOperation> ALL = List.of(ASSIGN_A, ASSIGN_B, ANSWER_B, ANSWER_A);

  @TempDir Path folder;

  private final List<AckRecord> acks = new ArrayList<>();
  private final List<JournalRecord> journal = new ArrayList<>();
  private Map<String, String> reported = Map.of();
  private List<Long> kills = List.of();

  CheckerTest() {
    ALL.forEach(each -> acks.add(ack(each, each.getOpId() * 10, each.getOpId() * 10 + 5)));
  }

  @Test
  void shouldPassWhatIsComplete() throws IOException {
    // given
    applied("agent-01", 4, ASSIGN_A, ASSIGN_B, ANSWER_B, ANSWER_A);
    applied("agent-02", 1, ASSIGN_A);
    applied("agent-02", 3, ASSIGN_B, ANSWER_B);
    applied("agent-02", 4, ANSWER_A);

    // when
    Verdict verdict = check();

    // then
    assertThat(verdict.passed()).isTrue();
    assertThat(verdict.operations()).isEqualTo(4);
    assertThat(verdict.acknowledged()).isEqualTo(4);
    assertThat(verdict.tableDigest()).hasSize(32);
    assertThat(verdict.table()).hasSize(2);
  }

  @Test
  void shouldTakeWhatWasMendedForNoApplication() throws IOException {
    // given
    applied("agent-01", 4, ASSIGN_A, ASSIGN_B, ANSWER_B, ANSWER_A);
    applied("agent-02", 4, ASSIGN_A, ASSIGN_B, ANSWER_B, ANSWER_A);
    mended("agent-02", 4, ANSWER_B);

    // when
    Verdict verdict = check();

    // then
    assertThat(verdict.passed()).as(verdict.findings().toString()).isTrue();
    assertThat(verdict.operations()).isEqualTo(4);
  }

  @Test
  void shouldFindWhatWasMendedWithSomethingElse() throws IOException {
    // given
    applied("agent-01", 4, ASSIGN_A, ASSIGN_B, ANSWER_B, ANSWER_A);
    applied("agent-02", 4, ASSIGN_A, ASSIGN_B, ANSWER_B, ANSWER_A);
    mended("agent-02", 4, operation(3, Topic.TOPIC_RECONCILIATION, "1/b", "something else"));

    // when
    Verdict verdict = check();

    // then
    assertThat(verdict.converged()).isFalse();
    assertFinding(verdict, Kind.DIFFERENT, "agent-02", 3);
  }

  @Test
  void shouldStillFindAsLostWhatWasMendedOnly() throws IOException {
    // given
    applied("agent-01", 4, ASSIGN_A, ASSIGN_B, ANSWER_B, ANSWER_A);
    applied("agent-02", 4, ASSIGN_A, ASSIGN_B, ANSWER_A);
    mended("agent-02", 4, ANSWER_B);

    // when
    Verdict verdict = check();

    // then
    assertThat(verdict.converged()).isTrue();
    assertFinding(verdict, Kind.LOST, "agent-02", 3);
  }

  @Test
  void shouldWantReportsOfDriftOnceFromEverybody() throws IOException {
    // given
    JournalOperation report =
        JournalOperation.newBuilder()
            .setOpId(5)
            .setTopic(Topic.TOPIC_RECONCILIATION)
            .setPayloadDigest(ByteString.copyFromUtf8("report"))
            .setDrift(DriftReport.getDefaultInstance())
            .build();
    JournalOperation another = report.toBuilder().setOpId(6).build();
    applied("agent-01", 6, ASSIGN_A, ASSIGN_B, ANSWER_B, ANSWER_A, report, another);
    applied("agent-02", 6, ASSIGN_A, ASSIGN_B, ANSWER_B, ANSWER_A, report);

    // when
    Verdict verdict = check();

    // then
    assertThat(verdict.findings()).hasSize(1);
    assertFinding(verdict, Kind.LOST, "agent-02", 6);
    assertThat(verdict.converged()).isTrue();
    assertThat(verdict.table()).hasSize(2);
  }

  @Test
  void shouldFindAnAcknowledgedOperationThatOneAgentLacks() throws IOException {
    // given
    applied("agent-01", 4, ASSIGN_A, ASSIGN_B, ANSWER_B, ANSWER_A);
    applied("agent-02", 4, ASSIGN_A, ASSIGN_B, ANSWER_A);

    // when
    Verdict verdict = check();

    // then
    assertThat(verdict.passed()).isFalse();
    assertThat(verdict.lost()).isEqualTo(1);
    assertThat(verdict.converged()).isFalse();
    assertFinding(verdict, Kind.LOST, "agent-02", 3);
  }

  @Test
  void shouldFindAnAcknowledgedOperationThatNobodyApplied() throws IOException {
    // given
    applied("agent-01", 4, ASSIGN_A, ASSIGN_B, ANSWER_B);
    applied("agent-02", 4, ASSIGN_A, ASSIGN_B, ANSWER_B);

    // when
    Verdict verdict = check();

    // then
    assertThat(verdict.lost()).isEqualTo(2);
    assertFinding(verdict, Kind.LOST, "agent-01", 4);
  }

  @Test
  void shouldFindAnOperationThatWasAppliedWithoutAnAckByOneOnly() throws IOException {
    // given
    acks.remove(3);
    applied("agent-01", 4, ASSIGN_A, ASSIGN_B, ANSWER_B, ANSWER_A);
    applied("agent-02", 4, ASSIGN_A, ASSIGN_B, ANSWER_B);

    // when, then
    assertFinding(check(), Kind.LOST, "agent-02", 4);
  }

  @Test
  void shouldFindAnAgentThatAppliedNothing() throws IOException {
    // given
    applied("agent-01", 4, ASSIGN_A, ASSIGN_B, ANSWER_B, ANSWER_A);

    // when, then
    assertThat(check().lost()).isEqualTo(4);
  }

  @Test
  void shouldFindWhatWasAppliedTwice() throws IOException {
    // given
    applied("agent-01", 4, ASSIGN_A, ASSIGN_B, ANSWER_B, ANSWER_A);
    applied("agent-02", 3, ASSIGN_A, ASSIGN_B, ANSWER_B);
    applied("agent-02", 4, ANSWER_B, ANSWER_A);

    // when
    Verdict verdict = check();

    // then
    assertThat(verdict.appliedTwice()).isEqualTo(1);
    assertThat(verdict.lost()).isZero();
    assertThat(verdict.converged()).isTrue();
    assertThat(verdict.passed()).isFalse();
    assertFinding(verdict, Kind.APPLIED_TWICE, "agent-02", 3);
  }

  @Test
  void shouldFindWhatWasAppliedOutOfOrder() throws IOException {
    // given
    applied("agent-01", 4, ASSIGN_A, ASSIGN_B, ANSWER_B, ANSWER_A);
    applied("agent-02", 4, ASSIGN_A, ANSWER_B, ASSIGN_B, ANSWER_A);

    // when
    Verdict verdict = check();

    // then
    assertThat(verdict.outOfOrder()).isEqualTo(1);
    assertThat(verdict.passed()).isFalse();
    assertFinding(verdict, Kind.OUT_OF_ORDER, "agent-02", 2);
  }

  @Test
  void shouldFindAnOperationOutsideOfWhatItsRecordCovers() throws IOException {
    // given
    applied("agent-01", 4, ASSIGN_A, ASSIGN_B, ANSWER_B, ANSWER_A);
    applied("agent-02", 3, ASSIGN_A, ASSIGN_B);
    applied("agent-02", 4, ANSWER_B, ANSWER_A);

    // when, then
    assertFinding(check(), Kind.OUT_OF_ORDER, "agent-02", 3);
  }

  @Test
  void shouldFindACursorThatMovedBack() throws IOException {
    // given
    applied("agent-01", 4, ASSIGN_A, ASSIGN_B, ANSWER_B, ANSWER_A);
    applied("agent-02", 4, ASSIGN_A, ASSIGN_B, ANSWER_B, ANSWER_A);
    applied("agent-02", 2);

    // when, then
    assertFinding(check(), Kind.OUT_OF_ORDER, "agent-02", 2);
  }

  @Test
  void shouldFindContentThatIsNotWhatWasSent() throws IOException {
    // given
    JournalOperation spoilt = operation(3, Topic.TOPIC_RECONCILIATION, "1/b", "something else");
    applied("agent-01", 4, ASSIGN_A, ASSIGN_B, ANSWER_B, ANSWER_A);
    applied("agent-02", 4, ASSIGN_A, ASSIGN_B, spoilt, ANSWER_A);

    // when
    Verdict verdict = check();

    // then
    assertThat(verdict.converged()).isFalse();
    assertFinding(verdict, Kind.DIFFERENT, "agent-02", 3);
    assertFinding(verdict, Kind.DIVERGED, "agent-02", 0);
  }

  @Test
  void shouldFindAResultThatWasAppendedTwice() throws IOException {
    // given: a retry that the coordinator took for a new publication
    JournalOperation again = operation(5, Topic.TOPIC_RECONCILIATION, "1/b", "answer b");
    for (String agent : List.of("agent-01", "agent-02")) {
      applied(agent, 5, ASSIGN_A, ASSIGN_B, ANSWER_B, ANSWER_A, again);
    }

    // when
    Verdict verdict = check();

    // then
    assertThat(verdict.appliedTwice()).isEqualTo(1);
    assertFinding(verdict, Kind.APPLIED_TWICE, "", 5);
  }

  @Test
  void shouldFindAnAssignmentThatNobodyAnswered() throws IOException {
    // given
    acks.remove(3);
    applied("agent-01", 3, ASSIGN_A, ASSIGN_B, ANSWER_B);
    applied("agent-02", 3, ASSIGN_A, ASSIGN_B, ANSWER_B);

    // when
    Verdict verdict = check();

    // then
    assertThat(verdict.lost()).isEqualTo(1);
    assertFinding(verdict, Kind.UNANSWERED, "", 1);
  }

  @Test
  void shouldFindATableThatIsNotWhatTheAgentReports() throws IOException {
    // given
    applied("agent-01", 4, ASSIGN_A, ASSIGN_B, ANSWER_B, ANSWER_A);
    applied("agent-02", 4, ASSIGN_A, ASSIGN_B, ANSWER_B, ANSWER_A);
    reported = Map.of("agent-02", "00");

    // when, then
    assertFinding(check(), Kind.DIVERGED, "agent-02", 0);
  }

  @Test
  void shouldFindAPositionOfAnotherEpoch() throws IOException {
    // given
    applied("agent-01", 4, ASSIGN_A, ASSIGN_B, ANSWER_B, ANSWER_A);
    applied("agent-02", 4, ASSIGN_A, ASSIGN_B, ANSWER_B, ANSWER_A);
    JournalRecord last = journal.remove(1);
    journal.add(last.toBuilder().setCursor(last.getCursor().toBuilder().setEpoch(8)).build());

    // when, then
    assertFinding(check(), Kind.FOREIGN_HISTORY, "agent-02", 4);
  }

  @Test
  void shouldFindAFileThatEndsTorn() throws IOException {
    // given
    applied("agent-01", 4, ASSIGN_A, ASSIGN_B, ANSWER_B, ANSWER_A);
    applied("agent-02", 4, ASSIGN_A, ASSIGN_B, ANSWER_B, ANSWER_A);
    write();
    Files.write(folder.resolve("journal"), new byte[] {0, 0, 0}, StandardOpenOption.APPEND);

    // when
    Verdict verdict = Checker.check(evidence());

    // then
    assertThat(verdict.passed()).isFalse();
    assertFinding(verdict, Kind.UNREADABLE, "", 0);
  }

  @Test
  void shouldCountWhatWasInFlightAtAKill() throws IOException {
    // given: sent at 10 and 20, acknowledged 5 later, results applied at 300 and 400
    applied("agent-01", 2, ASSIGN_A, ASSIGN_B);
    applied("agent-01", 3, ANSWER_B);
    applied("agent-01", 4, ANSWER_A);
    applied("agent-02", 4, ASSIGN_A, ASSIGN_B, ANSWER_B, ANSWER_A);
    kills = List.of(5L, 22L, 350L, 1_000L);

    // when
    List<Verdict.InFlight> inFlight = check().inFlight();

    // then
    assertThat(inFlight)
        .containsExactly(
            new Verdict.InFlight(0, 0),
            new Verdict.InFlight(1, 2),
            new Verdict.InFlight(0, 1),
            new Verdict.InFlight(0, 0));
  }

  private static void assertFinding(Verdict verdict, Kind kind, String agent, long opId) {
    assertThat(verdict.findings())
        .anySatisfy(
            finding -> {
              assertThat(finding.kind()).isEqualTo(kind);
              assertThat(finding.agent()).isEqualTo(agent);
              assertThat(finding.opId()).isEqualTo(opId);
            });
    assertThat(verdict.passed()).isFalse();
  }

  private Verdict check() throws IOException {
    write();
    return Checker.check(evidence());
  }

  private Evidence evidence() {
    return new Evidence(
        List.of(folder.resolve("journal")),
        List.of(folder.resolve("acks")),
        new TreeSet<>(List.of("agent-01", "agent-02")),
        reported,
        kills);
  }

  private void write() throws IOException {
    try (RecordFile file = RecordFile.open(folder.resolve("journal"), 0, payload -> {})) {
      journal.forEach(file::append);
    }
    try (RecordFile file = RecordFile.open(folder.resolve("acks"), 0, payload -> {})) {
      acks.forEach(file::append);
    }
  }

  private void applied(String agent, long toOpId, JournalOperation... operations) {
    journal.add(
        JournalRecord.newBuilder()
            .setAgent(agent)
            .addAllOperations(Arrays.asList(operations))
            .setCursor(position(toOpId))
            .setAppliedUnixNano(toOpId * 100)
            .build());
  }

  private void mended(String agent, long atOpId, JournalOperation... operations) {
    applied(agent, atOpId, operations);
    int last = journal.size() - 1;
    journal.set(last, journal.get(last).toBuilder().setRepair(true).build());
  }

  private static AckRecord ack(
      JournalOperation operation, long publishedUnixNano, long ackedUnixNano) {
    return AckRecord.newBuilder()
        .setPublisher("planner")
        .setPosition(position(operation.getOpId()))
        .setTopic(operation.getTopic())
        .setKey(operation.getKey())
        .setPayloadDigest(operation.getPayloadDigest())
        .setPublishedUnixNano(publishedUnixNano)
        .setAckedUnixNano(ackedUnixNano)
        .build();
  }

  private static JournalOperation operation(long opId, Topic topic, String key, String payload) {
    JournalOperation.Builder operation =
        JournalOperation.newBuilder()
            .setOpId(opId)
            .setTopic(topic)
            .setKey(key)
            .setPayloadDigest(ByteString.copyFromUtf8(payload));
    if (topic == Topic.TOPIC_RECONCILIATION) {
      operation.setResult(SurveyResult.newBuilder().setRound(1).setPath(key.substring(2)));
    }
    return operation.build();
  }

  private static Position position(long opId) {
    return Position.newBuilder()
        .setIncarnation(1)
        .setEpoch(7)
        .setLog(Log.LOG_MAIN)
        .setOpId(opId)
        .build();
  }
}
