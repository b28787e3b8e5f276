package dev.swarmlog.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swarmlog.demo.checker.Finding;
import dev.swarmlog.demo.checker.Verdict;
import dev.swarmlog.demo.checker.Verdict.InFlight;
import dev.swarmlog.demo.supervise.DemoFailure;
import dev.swarmlog.demo.supervise.DemoSettings;
import dev.swarmlog.demo.supervise.Run;
import dev.swarmlog.demo.survey.SurveyTable;
import dev.swarmlog.demo.survey.SurveyTable.LanguageRow;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the demo says at its end. Used by one thread. */
final class Report {
  private static final int MAX_LANGUAGES = 15;
  private static final int MAX_FINDINGS = 10;

  private final DemoSettings settings;
  private final PrintWriter out;

  Report(DemoSettings settings, PrintWriter out) {
    this.settings = settings;
    this.out = out;
  }

  /** For people. */
  void print(Run run, SurveyTable table, @Nullable Path writtenTo) {
    out.println();
    table(table);
    if (writtenTo != null) {
      out.println("All rows: " + writtenTo.toAbsolutePath());
    }
    out.println();
    verdict(run);
    out.println("Data, journals and logs: " + settings.data().root());
    out.flush();
  }

  /** For people, when it did not come to a verdict. */
  void failure(DemoFailure failure) {
    out.println();
    out.println("The demo failed: " + failure.getMessage());
    out.println("Data, journals and logs: " + settings.data().root());
    out.flush();
  }

  /** One line, for programs. */
  String json(Run run) {
    Verdict verdict = run.verdict();
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("files", settings.tree().paths().size());
    line.put("agents", settings.agents());
    line.put("operations", verdict.operations());
    line.put("lost", verdict.lost());
    line.put("appliedTwice", verdict.appliedTwice());
    line.put("outOfOrder", verdict.outOfOrder());
    line.put("converged", verdict.converged());
    line.put("agentKills", run.agentKills());
    line.put("coordinatorKills", run.coordinatorKills());
    line.put("inFlightAtKill", run.inFlightAtKill());
    line.put("driftInjected", run.driftInjected());
    line.put("driftHealed", run.driftHealed());
    Map<String, Object> lag = new LinkedHashMap<>();
    lag.put("p50", rounded(run.lagP50Ms()));
    lag.put("p99", rounded(run.lagP99Ms()));
    line.put("lagMs", lag);
    try {
      return new ObjectMapper().writeValueAsString(line);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Expected plain values only.", e);
    }
  }

  private void table(SurveyTable table) {
    // Of 80 columns.
    String format = "%-18s %7s %9s %9s %13s %7s %5s %5s%n";
    out.printf(format, "language", "files", "lines", "blank", "bytes", "longest", "TODO", "FIXME");
    List<LanguageRow> rows = table.byLanguage();
    rows.stream().limit(MAX_LANGUAGES).forEach(row -> row(format, row));
    if (rows.size() > MAX_LANGUAGES) {
      out.printf("… and %d more%n", rows.size() - MAX_LANGUAGES);
    }
    row(format, table.total());
  }

  private void row(String format, LanguageRow row) {
    out.printf(
        format,
        row.name(),
        grouped(row.files()),
        grouped(row.lines()),
        grouped(row.blankLines()),
        grouped(row.bytes()),
        grouped(row.longestLineBytes()),
        grouped(row.todos()),
        grouped(row.fixmes()));
  }

  private void verdict(Run run) {
    Verdict verdict = run.verdict();
    out.printf(
        "%s: %,d operations, %d agents: %,d lost, %,d applied twice, %,d out of order.%n",
        verdict.passed() ? "PASSED" : "FAILED",
        verdict.operations(),
        settings.agents(),
        verdict.lost(),
        verdict.appliedTwice(),
        verdict.outOfOrder());
    out.println(
        verdict.converged()
            ? "All agents hold the same table, " + verdict.tableDigest() + "."
            : "The agents hold different tables.");
    out.printf(
        "Checked %,d acks against the journals. Killed: %d agent process, %d coordinator.%n",
        verdict.acknowledged(), run.agentKills(), run.coordinatorKills());
    out.printf(
        "Changed %d row behind an agent's back: %d found and healed.%n",
        run.driftInjected(), run.driftHealed());
    int kill = 0;
    for (InFlight each : verdict.inFlight()) {
      kill++;
      out.printf(
          "At kill %d, %,d assignments had no result yet, %,d of them not even an ack.%n",
          kill, each.unanswered(), each.unacknowledged());
    }
    if (run.negativeLags() > 0) {
      out.printf("Left out of the lags: %,d that the clocks make negative%n", run.negativeLags());
    }
    List<Finding> findings = verdict.findings();
    findings.stream()
        .limit(MAX_FINDINGS)
        .forEach(each -> out.println("  " + each.kind() + ": " + each.text()));
    if (findings.size() > MAX_FINDINGS) {
      out.printf("  … and %d more%n", findings.size() - MAX_FINDINGS);
    }
  }

  private static String grouped(long number) {
    return String.format("%,d", number);
  }

  private static double rounded(double ms) {
    return Math.round(ms * 1_000) / 1_000.0;
  }
}
