package dev.swarmlog.demo.polyglot.agent;

import com.google.protobuf.ByteString;
import dev.swarmlog.demo.v1.PolyglotKey;
import dev.swarmlog.demo.v1.PolyglotState;
import dev.swarmlog.sdk.AgentCursor;
import dev.swarmlog.sdk.Batch;
import dev.swarmlog.sdk.EffectStore;
import dev.swarmlog.sdk.HeldKey;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Scope;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Effects and cursor in one file, so that an operation takes effect exactly once.
 *
 * <p>{@link #apply} waits for the disk, and before that for the answer to an ask; the agent's
 * handler threads call it, one call at a time.
 */
final class FoldStore implements EffectStore {
  /** Answers an ask, and returns when the answer is in the log. */
  @FunctionalInterface
  interface Answers {
    void answer(Operation ask) throws Exception;
  }

  private static final String ASK = "polyglot.Ask";

  private record IndexKey(Scope scope, String key) {}

  private final StateFile file;
  private final String agent;
  private final Answers answers;
  private final Consumer<Fold.Report> onReport;
  private final Map<IndexKey, HeldKey> index = new HashMap<>();
  private Fold fold = Fold.empty();

  /**
   * @param agent its name
   * @param onReport told of each report once what it says is on the disk
   */
  FoldStore(StateFile file, String agent, Answers answers, Consumer<Fold.Report> onReport) {
    this.file = file;
    this.agent = agent;
    this.answers = answers;
    this.onReport = onReport;
  }

  @Override
  public AgentCursor load() throws IOException {
    PolyglotState stored = file.read();
    if (stored.getChain().isEmpty()) {
      return AgentCursor.empty();
    }
    fold = new Fold(stored.getEvents(), stored.getChain(), stored.getTableMap());
    for (PolyglotKey key : stored.getIndexList()) {
      put(new HeldKey(key.getScope(), key.getKey(), key.getValueDigest()));
    }
    return AgentCursor.parse(stored.getCursor().toByteArray());
  }

  @Override
  public Optional<Collection<HeldKey>> heldKeys() {
    return Optional.of(List.copyOf(index.values()));
  }

  @Override
  public void apply(Batch batch, AgentCursor after) throws Exception {
    Fold next = fold.copy();
    List<Fold.Report> reports = new ArrayList<>();
    for (Operation operation : batch.operations()) {
      if (!Fold.counts(operation)) {
        continue;
      }
      if (isAsk(operation)) {
        answers.answer(operation);
      }
      next.apply(operation);
      if (Fold.isReport(operation)) {
        reports.add(next.report(operation));
      }
    }
    // What fails from here on is tried again, and puts the same.
    batch.changedKeys().forEach(this::put);
    file.write(state(next, after));
    fold = next;
    reports.forEach(onReport);
  }

  private boolean isAsk(Operation operation) {
    return Fold.isEvent(operation)
        && operation.getPayload().getType().equals(ASK)
        && operation.getPayload().getData().toStringUtf8().equals(agent);
  }

  private void put(HeldKey key) {
    IndexKey place = new IndexKey(key.scope(), key.key());
    if (key.isGone()) {
      index.remove(place);
    } else {
      index.put(place, key);
    }
  }

  private PolyglotState state(Fold fold, AgentCursor cursor) {
    PolyglotState.Builder state =
        PolyglotState.newBuilder()
            .setCursor(ByteString.copyFrom(cursor.toByteArray()))
            .setEvents(fold.events())
            .setChain(fold.chain());
    fold.table().forEach((key, data) -> state.putTable(key.toStringUtf8(), data));
    for (HeldKey key : index.values()) {
      state.addIndex(
          PolyglotKey.newBuilder()
              .setScope(key.scope())
              .setKey(key.key())
              .setValueDigest(key.valueDigest()));
    }
    return state.build();
  }
}
