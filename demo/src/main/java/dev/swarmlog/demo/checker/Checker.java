package dev.swarmlog.demo.checker;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.swarmlog.demo.checker.Finding.Kind;
import dev.swarmlog.demo.checker.Verdict.InFlight;
import dev.swarmlog.demo.v1.AckRecord;
import dev.swarmlog.demo.v1.JournalOperation;
import dev.swarmlog.demo.v1.JournalRecord;
import dev.swarmlog.demo.v1.SurveyResult;
import dev.swarmlog.v1.Topic;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The judge of one run.
 *
 * <p>Everything that was acknowledged, and everything that any agent applied, must have been
 * applied by every agent, once, in ascending order of operation ID, with the content its publisher
 * sent; every assignment must have one result; and all agents must end with the same table. Holds
 * one row per operation and a bit per (agent, operation).
 */
public final class Checker {
  private final Evidence evidence;
  private final Findings findings = new Findings();
  private final Facts facts = new Facts();
  private final Map<String, AgentHistory> agents = new TreeMap<>();
  private final Map<String, AckRecord> assignmentAcks = new HashMap<>();
  private final Map<String, Long> firstAnsweredUnixNano = new HashMap<>();
  private final Map<String, SurveyResult> table = new TreeMap<>();
  private long acknowledged;

  private Checker(Evidence evidence) {
    this.evidence = evidence;
  }

  /**
   * Reads the evidence and judges.
   *
   * @throws IOException if a file cannot be opened; what cannot be read in one that can is a
   *     finding
   */
  public static Verdict check(Evidence evidence) throws IOException {
    return new Checker(evidence).check();
  }

  private Verdict check() throws IOException {
    for (Path ackList : evidence.ackLists()) {
      scan(ackList, this::addAck);
    }
    for (String agent : evidence.agents()) {
      agents.put(agent, new AgentHistory(agent, facts, findings));
    }
    for (Path journal : evidence.journals()) {
      scan(journal, this::addJournalRecord);
    }
    agents.values().forEach(AgentHistory::findLost);
    facts.findUnmatched(findings);
    String tableDigest = commonDigest();
    return new Verdict(
        facts.opIds().size(),
        acknowledged,
        findings.count(Kind.LOST) + findings.count(Kind.UNANSWERED),
        findings.count(Kind.APPLIED_TWICE),
        findings.count(Kind.OUT_OF_ORDER),
        findings.count(Kind.DIVERGED) == 0 && findings.count(Kind.DIFFERENT) == 0,
        tableDigest,
        findings.first(),
        evidence.killsUnixNano().stream().map(this::inFlightAt).toList(),
        new ArrayList<>(table.values()));
  }

  private interface PayloadReader {
    void read(byte[] payload) throws InvalidProtocolBufferException;
  }

  private void scan(Path path, PayloadReader reader) throws IOException {
    try (RecordScanner scanner = new RecordScanner(path)) {
      for (byte[] payload = scanner.next(); payload != null; payload = scanner.next()) {
        try {
          reader.read(payload);
        } catch (InvalidProtocolBufferException e) {
          findings.add(
              Kind.UNREADABLE,
              "",
              0,
              "%s holds a record that is no message of the demo",
              path.getFileName());
        }
      }
      if (scanner.unreadableBytes() > 0) {
        findings.add(
            Kind.UNREADABLE,
            "",
            0,
            "The last %,d bytes of %s are no whole record",
            scanner.unreadableBytes(),
            path);
      }
    }
  }

  private void addAck(byte[] payload) throws InvalidProtocolBufferException {
    AckRecord ack = AckRecord.parseFrom(payload);
    long opId = ack.getPosition().getOpId();
    Fact sent = new Fact(ack.getTopic(), ack.getKey(), ack.getPayloadDigest());
    int before = facts.opIds().size();
    Fact known = facts.first(opId, sent);
    if (facts.opIds().size() > before) {
      acknowledged++;
    }
    if (!known.equals(sent)) {
      findings.add(
          Kind.DIFFERENT,
          "",
          opId,
          "Operation %,d was acknowledged for %s and for %s",
          opId,
          known.key(),
          sent.key());
    }
    facts.belongsTo(ack.getPosition(), ack.getPublisher(), findings);
    if (sent.isAssignment()) {
      assignmentAcks.putIfAbsent(ack.getKey(), ack);
    }
  }

  private void addJournalRecord(byte[] payload) throws InvalidProtocolBufferException {
    JournalRecord record = JournalRecord.parseFrom(payload);
    AgentHistory history = agents.get(record.getAgent());
    if (history == null) {
      findings.add(
          Kind.UNREADABLE,
          record.getAgent(),
          0,
          "%s wrote a journal, but took no part",
          record.getAgent());
      return;
    }
    history.add(record);
    for (JournalOperation operation : record.getOperationsList()) {
      if (operation.getTopic() == Topic.TOPIC_RECONCILIATION && operation.hasResult()) {
        firstAnsweredUnixNano.merge(operation.getKey(), record.getAppliedUnixNano(), Math::min);
        SurveyResult result = operation.getResult();
        table.merge(result.getPath(), result, (a, b) -> a.getRound() > b.getRound() ? a : b);
      }
    }
  }

  /**
   * The digest all agents share, or "" and findings that say who deviates from the first agent or
   * from its report.
   */
  private String commonDigest() {
    String common = "";
    String first = "";
    for (Map.Entry<String, AgentHistory> each : agents.entrySet()) {
      String agent = each.getKey();
      String digest = each.getValue().tableDigest();
      String reported = evidence.reportedDigests().getOrDefault(agent, digest);
      if (!reported.equals(digest)) {
        findings.add(
            Kind.DIVERGED,
            agent,
            0,
            "%s reports table %s, but its journal makes %s",
            agent,
            reported,
            digest);
      }
      if (first.isEmpty()) {
        first = agent;
        common = digest;
      } else if (!common.equals(digest)) {
        findings.add(
            Kind.DIVERGED,
            agent,
            0,
            "%s ended with table %s, but %s with %s",
            agent,
            digest,
            first,
            common);
      }
    }
    return findings.count(Kind.DIVERGED) == 0 ? common : "";
  }

  private InFlight inFlightAt(long unixNano) {
    List<AckRecord> sent =
        assignmentAcks.values().stream()
            .filter(ack -> ack.getPublishedUnixNano() <= unixNano)
            .toList();
    long unacknowledged = sent.stream().filter(ack -> ack.getAckedUnixNano() > unixNano).count();
    long unanswered =
        sent.stream()
            .filter(
                ack -> firstAnsweredUnixNano.getOrDefault(ack.getKey(), Long.MAX_VALUE) > unixNano)
            .count();
    return new InFlight(unacknowledged, unanswered);
  }
}
