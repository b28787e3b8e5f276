package dev.swarmlog.cli;

import dev.swarmlog.sdk.SwarmlogException;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.SnapshotPage;
import dev.swarmlog.v1.SyncReceipt;
import dev.swarmlog.v1.SyncResponse;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A sync as its frames come, for a person or as lines of JSON. Used by one thread. */
final class SyncText implements StreamedAnswer<SyncResponse> {

  private final Output output;
  private final boolean json;
  private final OperationRows rows;
  private boolean begun;
  private boolean complete;
  // Those of the keyed state included.
  private long operations;
  private boolean snapshotShown;
  private boolean compacted;

  SyncText(Output output, boolean json) {
    this.output = output;
    this.json = json;
    this.rows = new OperationRows(output);
  }

  @Override
  public boolean hasBegun() {
    return begun;
  }

  @Override
  public boolean isComplete() {
    return complete;
  }

  @Override
  public CommandFailure incomplete(@Nullable SwarmlogException thrown) {
    return Failures.cutOff(
        thrown, "a receipt", operations, "operations", "Run it again, from the same --from.");
  }

  @Override
  public void show(SyncResponse frame) {
    begun = true;
    operations += frame.getPage().getOperationsCount() + frame.getSnapshot().getOperationsCount();
    complete |= frame.hasReceipt();
    switch (frame.getFrameCase()) {
      case PLAN -> show(frame.getPlan());
      case PAGE -> frame.getPage().getOperationsList().forEach(this::show);
      case SNAPSHOT -> show(frame.getSnapshot());
      case RECEIPT -> show(frame.getReceipt());
      case FRAME_NOT_SET -> {}
    }
  }

  private void show(LogPlan plan) {
    if (plan.hasStatus() && !json) {
      // The refusal says it all; the plan would only say it before.
      throw Failures.ofStatus(plan.getStatus());
    }
    if (json) {
      output.json(Map.of("plan", PlanText.map(plan)));
    } else {
      output.line(PlanText.line(plan));
      PlanText.compacted(plan).ifPresent(output::line);
      compacted = PlanText.beginsBelowHorizon(plan);
    }
    if (plan.hasStatus()) {
      throw Failures.ofStatus(plan.getStatus());
    }
  }

  private void show(Operation operation) {
    if (json) {
      output.json(Map.of("operation", OperationText.map(operation)));
      return;
    }
    rows.heading();
    rows.show(operation);
  }

  private void show(SnapshotPage page) {
    if (json) {
      Map<String, Object> map = PlanText.map(page.getScope());
      map.put("position", PositionText.print(page.getPosition()));
      map.put("afterKey", page.getAfterKey());
      map.put("throughKey", page.getThroughKey());
      map.put("operations", page.getOperationsList().stream().map(OperationText::map).toList());
      output.json(Map.of("snapshot", map));
      return;
    }
    if (!snapshotShown) {
      output.line(
          "Keyed state at operation %s follows; it replaces what the reader holds."
              .formatted(Long.toUnsignedString(page.getPosition().getOpId())));
      snapshotShown = true;
    }
    page.getOperationsList().forEach(this::show);
  }

  private void show(SyncReceipt receipt) {
    if (json) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("target", PositionText.print(receipt.getTarget()));
      map.put("examined", receipt.getExaminedCount());
      map.put("sent", receipt.getSentCount());
      map.put("superseded", receipt.getSupersededCount());
      map.put("netZero", receipt.getNetZeroCount());
      map.put("expired", receipt.getExpiredCount());
      map.put("inSnapshot", receipt.getSnapshotCount());
      map.put("scopes", receipt.getSumsList().stream().map(SumsText::map).toList());
      output.json(Map.of("receipt", map));
      return;
    }
    output.line("");
    output.line(counts(receipt));
    output.line("Now at " + PositionText.print(receipt.getTarget()));
    if (receipt.getSumsCount() > 0) {
      output.line("");
      SumsText.print(receipt.getSumsList(), output);
    }
  }

  private String counts(SyncReceipt receipt) {
    StringBuilder text = new StringBuilder();
    text.append(
        "%,d of %,d operations sent".formatted(receipt.getSentCount(), receipt.getExaminedCount()));
    if (snapshotShown) {
      text.append(", %,d keys of the state".formatted(receipt.getSnapshotCount()));
    }
    text.append(
        "%s %,d superseded by a later one on their key%s"
            .formatted(
                snapshotShown ? ";" : ",",
                receipt.getSupersededCount(),
                compacted ? " or compacted" : ""));
    if (receipt.getNetZeroCount() > 0) {
      text.append(", %,d net zero".formatted(receipt.getNetZeroCount()));
    }
    if (receipt.getExpiredCount() > 0) {
      text.append(", %,d expired".formatted(receipt.getExpiredCount()));
    }
    return text.append('.').toString();
  }
}
