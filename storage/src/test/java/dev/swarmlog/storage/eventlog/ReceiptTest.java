package dev.swarmlog.storage.eventlog;

import static dev.swarmlog.storage.eventlog.Entries.SWARM;
import static dev.swarmlog.storage.eventlog.Entries.commit;
import static dev.swarmlog.storage.eventlog.Entries.createSwarm;
import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.storage.DeltaBounds;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.Page;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.storage.View;
import dev.swarmlog.storage.eventlog.DeltaOracle.Place;
import dev.swarmlog.storage.memory.InMemoryEventLog;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Scope;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A receipt finds what goes wrong between the log and an agent. Deltas are made wrong on their way,
 * as the code that selects them might make them wrong; the agent's own sums and its count of
 * entries must then differ from what the receipt says.
 */
final class ReceiptTest {

  /** What goes wrong. */
  enum Fault {
    NONE,
    /** A deletion of a key that is live. */
    WRONG_TOMBSTONE,
    /** An event that is left out. */
    LOST_EVENT,
    /** A key with a value that it had before. */
    STALE_VALUE,
    /** A page that starts one operation too late. */
    LATE_PAGE,
    /** A page that starts one operation too early. */
    EARLY_PAGE
  }

  private static final long SEED = 20_261_121;
  private static final int LOGS = 20;
  private static final int ENTRIES = 25;
  private static final int DELTAS_PER_LOG = 120;
  private static final int MIN_CASES = 500;

  private final Random random = new Random(SEED);
  private EventLog log;
  private SwarmWriter writer;

  @BeforeEach
  void openLog() {
    log = InMemoryEventLog.create();
  }

  @AfterEach
  void closeLog() {
    log.close();
  }

  @ParameterizedTest
  @EnumSource
  void shouldFindEveryFaultAndNoOther(Fault fault) {
    int cases = 0;
    for (int i = 0; i < LOGS; i++) {
      fillNewLog();
      for (int d = 0; d < DELTAS_PER_LOG; d++) {
        cases += check(fault) ? 1 : 0;
      }
    }
    System.out.println("ReceiptTest: seed " + SEED + ", " + fault + " in " + cases + " deltas");
    assertThat(cases).isGreaterThan(MIN_CASES);
  }

  private void fillNewLog() {
    log.close();
    log = InMemoryEventLog.create();
    commit(log, createSwarm(SWARM));
    writer = new SwarmWriter(random);
    for (int i = 0; i < ENTRIES; i++) {
      writer.append(log);
    }
  }

  /** Returns whether there was a place for the fault. */
  private boolean check(Fault fault) {
    // given
    View view = anyView();
    long base = random.nextLong(writer.head());
    long target = base + 1 + random.nextLong(writer.head() - base);
    DeltaBounds bounds = DeltaBounds.from(base, target);
    int maxBytes = 1 + random.nextInt(1_000);
    List<Page> pages = read(view, bounds, base, maxBytes);

    // when
    List<Page> received = spoil(fault, pages, view, bounds, maxBytes);
    if (received == null) {
      return false;
    }
    ModelAgent agent = new ModelAgent();
    agent.commit(log.read(SWARM, Log.LOG_MAIN, view, 0, base, Integer.MAX_VALUE));
    long receivedBefore = agent.receivedEntries();
    long redundantBefore = agent.redundantEntries();
    received.forEach(page -> agent.commit(page, bounds, /* exact= */ true));

    // then
    String where = "%s in %s of %s".formatted(fault, bounds, view);
    long sent = pages.stream().mapToLong(page -> page.operations().size()).sum();
    boolean sumsAgree = agent.differing(log.sums(SWARM, Log.LOG_MAIN, view, target)).isEmpty();
    boolean countsAgree =
        agent.receivedEntries() - receivedBefore == sent
            && agent.redundantEntries() == redundantBefore;
    assertThat(sumsAgree && countsAgree).as(where).isEqualTo(fault == Fault.NONE);
    if (fault != Fault.EARLY_PAGE) {
      // a keyed entry that comes twice shows in the counts only
      assertThat(sumsAgree).as(where).isEqualTo(fault == Fault.NONE);
    }
    return true;
  }

  private List<Page> read(View view, DeltaBounds bounds, long from, int maxBytes) {
    List<Page> pages = new ArrayList<>();
    for (long cursor = from; cursor < bounds.target(); ) {
      Page page = log.readDelta(SWARM, Log.LOG_MAIN, view, bounds, cursor, maxBytes);
      pages.add(page);
      cursor = page.toInclusive();
    }
    return pages;
  }

  /** The pages with one fault, or null if there is no place for it. */
  private @Nullable List<Page> spoil(
      Fault fault, List<Page> pages, View view, DeltaBounds bounds, int maxBytes) {
    int first = random.nextInt(pages.size());
    List<Page> spoilt = null;
    for (int i = 0; i < pages.size() && spoilt == null; i++) {
      int at = (first + i) % pages.size();
      spoilt =
          switch (fault) {
            case NONE -> pages;
            case WRONG_TOMBSTONE -> replace(pages, at, this::deleted);
            case LOST_EVENT -> replace(pages, at, this::lost);
            case STALE_VALUE -> replace(pages, at, this::stale);
            case LATE_PAGE -> reread(pages, at, 1, view, bounds, maxBytes);
            case EARLY_PAGE -> reread(pages, at, -1, view, bounds, maxBytes);
          };
    }
    return spoilt;
  }

  private interface Spoiling {
    /** What comes in place of an operation; the same if it is not fit for it. */
    List<StoredOperation> of(StoredOperation stored, Operation operation);
  }

  private @Nullable List<Page> replace(List<Page> pages, int at, Spoiling spoiling) {
    Page page = pages.get(at);
    for (int i = 0; i < page.operations().size(); i++) {
      StoredOperation stored = page.operations().get(i);
      List<StoredOperation> instead = spoiling.of(stored, ModelAgent.parsed(stored));
      if (!instead.equals(List.of(stored))) {
        List<StoredOperation> operations = new ArrayList<>(page.operations());
        operations.remove(i);
        operations.addAll(i, instead);
        List<Page> spoilt = new ArrayList<>(pages);
        spoilt.set(at, with(page, operations));
        return spoilt;
      }
    }
    return null;
  }

  private List<StoredOperation> deleted(StoredOperation stored, Operation operation) {
    return operation.getKey().isEmpty() || operation.getTombstone()
        ? List.of(stored)
        : List.of(
            with(
                stored,
                operation.toBuilder()
                    .setTombstone(true)
                    .clearPayload()
                    .clearValueDigest()
                    .build()));
  }

  private List<StoredOperation> lost(StoredOperation stored, Operation operation) {
    return operation.getKey().isEmpty() ? List.of() : List.of(stored);
  }

  private List<StoredOperation> stale(StoredOperation stored, Operation operation) {
    for (long at = operation.getOpId() - 1; at > 0 && !operation.getKey().isEmpty(); at--) {
      Operation older = writer.operations().get((int) at - 1);
      if (Place.of(older).equals(Place.of(operation))
          && (older.getTombstone() != operation.getTombstone()
              || !older.getPayload().equals(operation.getPayload()))) {
        return List.of(
            with(
                stored,
                operation.toBuilder()
                    .setTombstone(older.getTombstone())
                    .setPayload(older.getPayload())
                    .setValueDigest(older.getValueDigest())
                    .build()));
      }
    }
    return List.of(stored);
  }

  /** Pages as they are up to one, and from there on read from one operation off. */
  private @Nullable List<Page> reread(
      List<Page> pages, int at, int off, View view, DeltaBounds bounds, int maxBytes) {
    long from = pages.get(at).toInclusive() + off;
    if (from < bounds.start() || from > bounds.target() || at == pages.size() - 1) {
      return null;
    }
    List<Page> others = new ArrayList<>(pages.subList(0, at + 1));
    others.addAll(read(view, bounds, from, maxBytes));
    return ids(others).equals(ids(pages)) ? null : others;
  }

  private static List<Long> ids(List<Page> pages) {
    return pages.stream()
        .flatMap(page -> page.operations().stream())
        .map(StoredOperation::opId)
        .toList();
  }

  private static Page with(Page page, List<StoredOperation> operations) {
    return new Page(
        page.toInclusive(),
        page.runningHash(),
        operations,
        page.expired(),
        page.skipped(),
        page.netZero(),
        page.horizonOpId());
  }

  private static StoredOperation with(StoredOperation stored, Operation operation) {
    return new StoredOperation(
        stored.opId(),
        stored.groupLast(),
        stored.scope(),
        stored.operationClass(),
        stored.runningHash(),
        stored.expiresAtUnixNs(),
        operation.toByteArray());
  }

  private View anyView() {
    Set<Scope> scopes = new HashSet<>();
    for (Scope scope : SwarmWriter.SCOPES) {
      if (random.nextBoolean()) {
        scopes.add(scope);
      }
    }
    return View.of(scopes);
  }
}
