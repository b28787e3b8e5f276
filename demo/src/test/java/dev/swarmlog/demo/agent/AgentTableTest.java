package dev.swarmlog.demo.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.swarmlog.demo.checker.Checker;
import dev.swarmlog.demo.checker.Evidence;
import dev.swarmlog.demo.journal.RecordFile;
import dev.swarmlog.demo.survey.Surveyors;
import dev.swarmlog.demo.v1.Assignment;
import dev.swarmlog.demo.v1.JournalOperation;
import dev.swarmlog.demo.v1.JournalRecord;
import dev.swarmlog.demo.v1.SurveyResult;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Topic;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AgentTableTest {
  private static final int AGENTS = 3;
  private static final int FILES = 30;

  @TempDir Path folder;

  @Test
  void shouldGiveEachAssignmentToOneAgent() {
    // given
    int taken = 0;

    // when
    for (int agent = 0; agent < AGENTS; agent++) {
      taken += new AgentTable(agent, AGENTS).apply(assignments(), position(FILES)).size();
    }

    // then
    assertThat(taken).isEqualTo(FILES);
  }

  @Test
  void shouldHoldAnAssignmentUntilItsResultComes() {
    // given
    AgentTable table = new AgentTable(0, AGENTS);
    List<AgentTable.Pending> mine = table.apply(assignments(), position(FILES));

    // when
    table.apply(List.of(result(mine.get(0).path(), FILES + 1L)), position(FILES + 1L));

    // then
    assertThat(table.pending()).isEqualTo(mine.subList(1, mine.size()));
    assertThat(mine.get(0).idempotencyKey()).matches("0000000000000007:main:\\d+");
    assertThat(table.opId()).isEqualTo(FILES + 1L);
  }

  @Test
  void shouldComeToTheDigestThatTheCheckerComesTo() throws IOException {
    // given
    List<JournalOperation> operations = new ArrayList<>(assignments());
    for (int i = 0; i < FILES; i++) {
      operations.add(result("file-" + i, FILES + i + 1L));
    }
    AgentTable table = new AgentTable(0, 1);

    // when
    table.apply(operations, position(operations.size()));

    // then
    try (RecordFile journal = RecordFile.open(folder.resolve("journal"), 0, payload -> {})) {
      journal.append(
          JournalRecord.newBuilder()
              .setAgent("agent-01")
              .addAllOperations(operations)
              .setCursor(position(operations.size()))
              .build());
    }
    RecordFile.open(folder.resolve("acks"), 0, payload -> {}).close();
    assertThat(
            Checker.check(
                    new Evidence(
                        List.of(folder.resolve("journal")),
                        List.of(folder.resolve("acks")),
                        new TreeSet<>(List.of("agent-01")),
                        Map.of(),
                        List.of()))
                .tableDigest())
        .isEqualTo(table.digest());
  }

  @Test
  void shouldShowThatARowWasChangedUntilItIsMended() {
    // given
    AgentTable table = new AgentTable(0, 1);
    assertThat(table.corrupt()).isEmpty();
    JournalOperation result = result("file-0", 1);
    table.apply(List.of(result), position(1));
    String digest = table.digest();

    // when
    AgentTable.Corruption row = table.corrupt().orElseThrow();

    // then
    assertThat(row.before()).isEqualTo(result);
    assertThat(row.after().getResult().getLineCount()).isEqualTo(1);
    assertThat(table.rows(Topic.TOPIC_RECONCILIATION)).containsExactly(row.after());
    assertThat(table.digest()).isNotEqualTo(digest);

    // when
    table.apply(List.of(result), position(1));

    // then
    assertThat(table.digest()).isEqualTo(digest);
    assertThat(table.rows(Topic.TOPIC_RECONCILIATION)).containsExactly(result);

    // when
    table.apply(List.of(result.toBuilder().setDeleted(true).build()), position(1));

    // then
    assertThat(table.rows(Topic.TOPIC_RECONCILIATION)).isEmpty();
    assertThat(table.digest()).isEqualTo("0".repeat(32));
  }

  private static List<JournalOperation> assignments() {
    List<JournalOperation> operations = new ArrayList<>();
    for (int i = 0; i < FILES; i++) {
      String path = "file-" + i;
      operations.add(
          JournalOperation.newBuilder()
              .setOpId(i + 1L)
              .setTopic(Topic.TOPIC_COMMANDS)
              .setKey(Surveyors.key(1, path))
              .setPayloadDigest(ByteString.copyFromUtf8("digest of " + path))
              .setAssignment(Assignment.newBuilder().setRound(1).setPath(path))
              .build());
    }
    return operations;
  }

  private static JournalOperation result(String path, long opId) {
    return JournalOperation.newBuilder()
        .setOpId(opId)
        .setTopic(Topic.TOPIC_RECONCILIATION)
        .setKey(Surveyors.key(1, path))
        .setPayloadDigest(ByteString.copyFromUtf8("digest of result " + path))
        .setResult(SurveyResult.newBuilder().setRound(1).setPath(path))
        .build();
  }

  private static Position position(long opId) {
    return Position.newBuilder().setEpoch(7).setOpId(opId).build();
  }
}
