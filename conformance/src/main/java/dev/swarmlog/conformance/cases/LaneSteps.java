package dev.swarmlog.conformance.cases;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.google.protobuf.UnknownFieldSet;
import dev.swarmlog.conformance.coordinator.Lane;
import dev.swarmlog.conformance.log.Catchup;
import dev.swarmlog.conformance.log.Fold;
import dev.swarmlog.conformance.log.Notation;
import dev.swarmlog.conformance.scene.CaseFailure;
import dev.swarmlog.conformance.scene.Cut;
import dev.swarmlog.v1.Ack;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.Delivery;
import dev.swarmlog.v1.DigestPart;
import dev.swarmlog.v1.DigestQuery;
import dev.swarmlog.v1.DigestReport;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Repair;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.ScopeSums;
import dev.swarmlog.v1.SnapshotPage;
import dev.swarmlog.v1.SyncReceipt;
import dev.swarmlog.v1.TelemetryDelivery;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Steps on a Data stream; of main where they do not say which. */
final class LaneSteps {
  private LaneSteps() {}

  private static String orMain(@Nullable String log) {
    return log == null ? "main" : log;
  }

  /** The agent attaches the lane. */
  record Attached(@Nullable String log) implements Step {
    @Override
    public void run(Stage stage) throws CaseFailure, Cut {
      stage.lane(orMain(log));
    }
  }

  /**
   * A delivery of the interval from what was sent up to `to`.
   *
   * @param from where it claims to start; by default where the one before ended
   * @param leaveOut operations of the view that are not in it, as a delta leaves out
   * @param skip events that are not in it, and are accounted for
   * @param backwards its operations in the wrong order
   * @param traced Delivery.traced_op_ids
   */
  record Deliver(
      long to,
      @Nullable Long from,
      @JsonProperty("leave_out") @Nullable List<Long> leaveOut,
      @Nullable List<Long> skip,
      boolean backwards,
      @Nullable List<Long> traced,
      @Nullable String log)
      implements Step {
    @Override
    public void run(Stage stage) throws CaseFailure, Cut {
      Lane lane = stage.lane(orMain(log));
      stage.send(lane, stage.scene.look(() -> frame(stage, lane)));
    }

    private DataResponse frame(Stage stage, Lane lane) {
      long begin = from == null ? lane.sentTo() : from;
      List<Long> absent = new ArrayList<>(leaveOut == null ? List.of() : leaveOut);
      List<Long> expired = skip == null ? List.of() : skip;
      absent.addAll(expired);
      List<Operation> operations =
          new ArrayList<>(
              stage.log.between(lane.log(), begin, to, stage.settings().scopes(lane.log())));
      operations.removeIf(operation -> absent.contains(operation.getOpId()));
      if (backwards) {
        java.util.Collections.reverse(operations);
      }
      Delivery.Builder delivery =
          Delivery.newBuilder()
              .setFromOpId(begin)
              .setTo(stage.log.position(lane.log(), to))
              .addAllOperations(operations)
              .addAllTracedOpIds(traced == null ? List.of() : traced);
      for (Scope scope : stage.settings().scopes(lane.log())) {
        List<Operation> ofScope =
            expired.stream()
                .map(opId -> stage.log.operation(lane.log(), opId))
                .filter(operation -> Fold.scopeOf(operation).equals(scope))
                .toList();
        if (!ofScope.isEmpty()) {
          delivery.addSkipped(Fold.skipped(scope, ofScope));
        }
      }
      return DataResponse.newBuilder().setDelivery(delivery).build();
    }
  }

  /** The delivery before comes once more. */
  record Dup(@Nullable String log) implements Step {
    @Override
    public void run(Stage stage) throws CaseFailure, Cut {
      Lane lane = stage.lane(orMain(log));
      Delivery last = stage.scene.look(lane::lastDelivery);
      if (last == null) {
        throw stage.scene.failure("Expected a delivery before the step \"dup\"");
      }
      stage.send(lane, DataResponse.newBuilder().setDelivery(last).build());
    }
  }

  /** The next delivery is lost, and the one behind it comes: it starts later than it should. */
  record Gap(long missing, long to) implements Step {
    @Override
    public void run(Stage stage) throws CaseFailure, Cut {
      new Deliver(to, missing, null, null, false, null, null).run(stage);
    }
  }

  /** Two deliveries come in the wrong order: first the one from `middle` to `to`. */
  record Reorder(long middle, long to) implements Step {
    @Override
    public void run(Stage stage) throws CaseFailure, Cut {
      Lane lane = stage.lane("main");
      long begin = stage.scene.look(lane::sentTo);
      new Deliver(to, middle, null, null, false, null, null).run(stage);
      new Deliver(middle, begin, null, null, false, null, null).run(stage);
    }
  }

  /**
   * Keyed state at the target of the plan: all pages of a scope, or one of them.
   *
   * @param page which, from 1; null: all
   */
  record Page(String scope, @Nullable Integer page) implements Step {
    @Override
    public void run(Stage stage) throws CaseFailure, Cut {
      Lane lane = stage.lane("main");
      List<SnapshotPage> pages =
          stage.scene.look(
              () -> Catchup.pages(stage.log, lane.log(), target(lane), Notation.scope(scope)));
      for (SnapshotPage one : page == null ? pages : List.of(pages.get(page - 1))) {
        stage.send(lane, DataResponse.newBuilder().setSnapshot(one).build());
      }
    }
  }

  private static long target(Lane lane) {
    LogPlan plan = lane.session().plan(lane.log());
    return plan == null ? 0 : plan.getTarget().getOpId();
  }

  /**
   * What the agent must hold at the target of the plan, and then that it has caught up.
   *
   * @param wrong "state", "events" or "sent": that does not agree with what was sent
   * @param at where the sync ends, if not at the plan's target
   */
  record Receipt(@Nullable String wrong, @Nullable Long at, @Nullable String log) implements Step {
    @Override
    public void run(Stage stage) throws CaseFailure, Cut {
      Lane lane = stage.lane(orMain(log));
      SyncReceipt receipt = stage.scene.look(() -> receipt(stage, lane));
      if (wrong != null) {
        stage.scene.change(stage.conduct::ignoreSums); // An agent may go on from what it was told.
      }
      if (Serving.syncs(lane.session())) {
        stage.send(lane, DataResponse.newBuilder().setReceipt(receipt).build());
      }
      stage.send(
          lane,
          DataResponse.newBuilder()
              .setCaughtUp(dev.swarmlog.v1.CaughtUp.newBuilder().setPosition(receipt.getTarget()))
              .build());
    }

    private SyncReceipt receipt(Stage stage, Lane lane) {
      long target = at == null ? target(lane) : at;
      int sent = 0;
      int paged = 0;
      for (DataResponse frame : lane.sent()) {
        sent =
            frame.hasCaughtUp() || frame.hasFellBehind()
                ? 0
                : sent + Conduct.operations(frame).size();
        paged = frame.hasCaughtUp() ? 0 : paged + frame.getSnapshot().getOperationsCount();
      }
      SyncReceipt.Builder receipt =
          Catchup.receipt(stage.log, lane.log(), target, stage.settings().scopes(lane.log()))
              .setExaminedCount(sent)
              .setSentCount("sent".equals(wrong) ? sent + 1 : sent)
              .setSnapshotCount(paged);
      ScopeSums first = receipt.getSumsCount() == 0 ? null : receipt.getSums(0);
      if (first != null && "state".equals(wrong)) {
        receipt.setSums(0, first.toBuilder().setStateDigest(other(first.getStateDigest())));
      } else if (first != null && "events".equals(wrong)) {
        receipt.setSums(
            0,
            first.toBuilder()
                .setEventCount(first.getEventCount() + 1)
                .setEventHash(other(first.getEventHash())));
      }
      return receipt.build();
    }

    private static com.google.protobuf.ByteString other(com.google.protobuf.ByteString digest) {
      byte[] bytes = digest.toByteArray();
      bytes[0] ^= 1;
      return com.google.protobuf.ByteString.copyFrom(bytes);
    }
  }

  /** The agent is behind what the coordinator remembers: a delta to the head comes. */
  record FellBehind(@Nullable String log) implements Step {
    @Override
    public void run(Stage stage) throws CaseFailure, Cut {
      Lane lane = stage.lane(orMain(log));
      stage.send(
          lane,
          stage.scene.look(
              () ->
                  DataResponse.newBuilder()
                      .setFellBehind(
                          dev.swarmlog.v1.FellBehind.newBuilder()
                              .setPosition(stage.log.position(lane.log(), lane.sentTo()))
                              .setHead(stage.log.position(lane.log(), stage.log.head(lane.log()))))
                      .build()));
    }
  }

  /**
   * An ack comes of exactly there.
   *
   * @param sums whether it carries sums; null: either
   * @param repair the repair it names; null: any
   */
  record Acked(long at, @Nullable Boolean sums, @Nullable Long repair, @Nullable String log)
      implements Step {
    @Override
    public void run(Stage stage) throws CaseFailure, Cut {
      Lane lane = stage.lane(orMain(log));
      stage.scene.await(
          "an ack of %d%s%s"
              .formatted(
                  at,
                  sums == null ? "" : sums ? " with sums" : " without sums",
                  repair == null ? "" : " behind repair " + repair),
          () -> lane.acks().stream().anyMatch(this::isIt) ? lane : null);
    }

    private boolean isIt(Ack ack) {
      return ack.getApplied().getOpId() == at
          && (sums == null || sums == ack.getSumsCount() > 0)
          && (repair == null || ack.getLastRepairId() == repair);
    }
  }

  /**
   * A question of what the agent holds in an interval of keys; its answer is checked against the
   * log.
   */
  record Query(
      long id,
      String scope,
      @Nullable String after,
      @Nullable String through,
      @JsonProperty("max_parts") @Nullable Integer maxParts)
      implements Step {
    @Override
    public void run(Stage stage) throws CaseFailure, Cut {
      Lane lane = stage.lane("main");
      DigestQuery query =
          DigestQuery.newBuilder()
              .setQueryId(id)
              .setScope(Notation.scope(scope))
              .setAfterKey(after == null ? "" : after)
              .setThroughKey(through == null ? "" : through)
              .setMaxParts(maxParts == null ? 2 : maxParts)
              .build();
      stage.send(lane, DataResponse.newBuilder().setDigestQuery(query).build());
      DigestReport report =
          stage.scene.await("the answer to query " + id, () -> lane.reports().poll());
      String wrong = stage.scene.look(() -> wrong(stage, lane, query, report));
      if (wrong != null) {
        throw stage.scene.failure(wrong);
      }
    }

    private static @Nullable String wrong(
        Stage stage, Lane lane, DigestQuery query, DigestReport report) {
      long at = report.getPosition().getOpId();
      if (report.getQueryId() != query.getQueryId()
          || !report.getPosition().equals(stage.log.position(lane.log(), at))) {
        return "Expected the answer to query %d at a position of the log, but got %s"
            .formatted(query.getQueryId(), report);
      }
      if (report.getPartsCount() < 1 || report.getPartsCount() > query.getMaxParts()) {
        return "Expected 1 to %d parts, but got %d"
            .formatted(query.getMaxParts(), report.getPartsCount());
      }
      NavigableMap<String, Operation> left =
          within(
              stage.log.fold(lane.log(), at).keys(query.getScope()),
              query.getAfterKey(),
              query.getThroughKey());
      String after = query.getAfterKey();
      for (int i = 0; i < report.getPartsCount(); i++) {
        DigestPart part = report.getParts(i);
        boolean last = i == report.getPartsCount() - 1;
        if (last && !part.getThroughKey().equals(query.getThroughKey())) {
          return "Expected the last part to end with the interval, but it ends with '%s'"
              .formatted(part.getThroughKey());
        }
        NavigableMap<String, Operation> held = within(left, after, part.getThroughKey());
        if (part.getKeyCount() != held.size()
            || !part.getDigest().equals(Fold.stateDigest(query.getScope(), held))) {
          return "Expected %d keys in ('%s', '%s'] and their digest, but the agent says %d or another digest"
              .formatted(held.size(), after, part.getThroughKey(), part.getKeyCount());
        }
        after = part.getThroughKey();
      }
      return null;
    }

    private static NavigableMap<String, Operation> within(
        NavigableMap<String, Operation> keys, String after, String through) {
      NavigableMap<String, Operation> behind = after.isEmpty() ? keys : keys.tailMap(after, false);
      return new TreeMap<>(through.isEmpty() ? behind : behind.headMap(through, true));
    }
  }

  /**
   * What the agent holds of an interval of keys is replaced: by what the log has, or by something
   * else.
   *
   * @param set instead of the log's own, operations of the interval; then sums and state are not
   *     checked from here on
   */
  record Repaired(
      long id,
      String scope,
      @Nullable String after,
      @Nullable String through,
      @Nullable List<String> set)
      implements Step {
    @Override
    public void run(Stage stage) throws CaseFailure, Cut {
      Lane lane = stage.lane("main");
      stage.send(lane, stage.scene.look(() -> frame(stage, lane)));
    }

    private DataResponse frame(Stage stage, Lane lane) {
      Scope which = Notation.scope(scope);
      String begin = after == null ? "" : after;
      String end = through == null ? "" : through;
      List<Operation> operations;
      if (set == null) {
        operations =
            List.copyOf(
                Query.within(stage.log.fold(lane.log(), lane.sentTo()).keys(which), begin, end)
                    .values());
      } else {
        operations = set.stream().map(Notation::operation).toList();
        stage.conduct.ignoreSums();
        stage.effects.ignoreState();
      }
      return DataResponse.newBuilder()
          .setRepair(
              Repair.newBuilder()
                  .setRepairId(id)
                  .addPages(
                      SnapshotPage.newBuilder()
                          .setPosition(stage.log.position(lane.log(), lane.sentTo()))
                          .setScope(which)
                          .setAfterKey(begin)
                          .setThroughKey(end)
                          .addAllOperations(operations)))
          .build();
    }
  }

  /** Telemetry, and how much of it was dropped before. */
  record Telemetry(List<String> operations, int dropped) implements Step {
    @Override
    public void run(Stage stage) throws CaseFailure, Cut {
      Lane lane = stage.lane("telemetry");
      TelemetryDelivery.Builder delivery = TelemetryDelivery.newBuilder().setDroppedCount(dropped);
      operations.forEach(text -> delivery.addOperations(Notation.operation(text)));
      stage.send(lane, DataResponse.newBuilder().setTelemetry(delivery).build());
    }
  }

  /** A frame of a later version of the contract, which an agent passes over. */
  record UnknownFrame(@Nullable String log) implements Step {
    private static final int UNKNOWN_FIELD = 1_000;

    @Override
    public void run(Stage stage) throws CaseFailure, Cut {
      UnknownFieldSet unknown =
          UnknownFieldSet.newBuilder()
              .addField(UNKNOWN_FIELD, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
              .build();
      stage.send(
          stage.lane(orMain(log)), DataResponse.newBuilder().setUnknownFields(unknown).build());
    }
  }
}
