package dev.swarmlog.storage.eventlog;

import static dev.swarmlog.storage.eventlog.Entries.SWARM;
import static dev.swarmlog.storage.eventlog.Entries.append;
import static dev.swarmlog.storage.eventlog.Entries.createSwarm;
import static dev.swarmlog.storage.eventlog.Entries.next;
import static dev.swarmlog.storage.eventlog.Entries.publish;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.swarmlog.storage.DeltaBounds;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.Page;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.storage.View;
import dev.swarmlog.storage.memory.InMemoryEventLog;
import dev.swarmlog.storage.v1.Command;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.PublishRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One short log, and all deltas that readers of it are given: read page by page, one group to a
 * page, each from the log as it stands at its end, however far before that the target lies.
 */
final class DeltasOfLog implements AutoCloseable {

  private static final int ONE_GROUP = 1;

  private final EventLog log = InMemoryEventLog.create();
  private final Map<DeltaBounds, List<Operation>> deltas = new HashMap<>();
  private final List<Operation> whole = new ArrayList<>();
  private long pagesRead;

  /** Each record is a group of its own. */
  DeltasOfLog(List<PublishRecord> records) {
    List<Command> commands = new ArrayList<>();
    commands.add(createSwarm(SWARM));
    for (PublishRecord record : records) {
      commands.add(append(publish(SWARM, Log.LOG_MAIN, record).build()));
    }
    log.apply(next(log, commands)).runs().forEach(run -> run.operations().forEach(this::parse));
    log.sync();
  }

  private void parse(StoredOperation stored) {
    whole.add(parsed(stored));
  }

  List<Operation> whole() {
    return whole;
  }

  int head() {
    return whole.size();
  }

  long pagesRead() {
    return pagesRead;
  }

  /** The entries of a delta, in order. */
  List<Operation> delta(DeltaBounds bounds) {
    return deltas.computeIfAbsent(bounds, this::read);
  }

  private List<Operation> read(DeltaBounds bounds) {
    List<Operation> entries = new ArrayList<>();
    long netZero = 0;
    long cursor = bounds.start();
    while (cursor < bounds.target()) {
      Page page = page(bounds, cursor);
      check(page.toInclusive() > cursor && page.toInclusive() <= bounds.target(), bounds);
      check(page.operations().size() <= 1, bounds);
      for (StoredOperation stored : page.operations()) {
        check(stored.opId() > cursor && stored.opId() <= page.toInclusive(), bounds);
        entries.add(parsed(stored));
      }
      netZero += page.netZero().size();
      cursor = page.toInclusive();
    }
    checkFromEveryCursor(bounds, entries);
    long count = log.count(SWARM, Log.LOG_MAIN, View.everything(), bounds.start(), bounds.target());
    check(entries.size() + netZero + superseded(bounds) == count, bounds);
    return entries;
  }

  /** A page from anywhere brings the first entry behind that place, and none before it. */
  private void checkFromEveryCursor(DeltaBounds bounds, List<Operation> entries) {
    for (long cursor = bounds.start(); cursor < bounds.target(); cursor++) {
      long from = cursor;
      List<Long> behind =
          entries.stream().map(Operation::getOpId).filter(opId -> opId > from).limit(1).toList();
      Page page = page(bounds, cursor);
      while (page.operations().isEmpty() && page.toInclusive() < bounds.target()) {
        page = page(bounds, page.toInclusive());
      }
      check(page.operations().stream().map(StoredOperation::opId).toList().equals(behind), bounds);
    }
  }

  private long superseded(DeltaBounds bounds) {
    Map<Object, Integer> byKey = new HashMap<>();
    for (Operation operation : whole.subList((int) bounds.start(), (int) bounds.target())) {
      byKey.merge(operation.getKey().isEmpty() ? operation : operation.getKey(), 1, Integer::sum);
    }
    return byKey.values().stream().mapToInt(versions -> versions - 1).sum();
  }

  private Page page(DeltaBounds bounds, long cursor) {
    pagesRead++;
    return log.readDelta(SWARM, Log.LOG_MAIN, View.everything(), bounds, cursor, ONE_GROUP);
  }

  private void check(boolean kept, DeltaBounds bounds) {
    if (!kept) {
      throw new AssertionError("Expected whole pages of " + bounds + ", but not so in " + whole);
    }
  }

  private static Operation parsed(StoredOperation stored) {
    try {
      return Operation.parseFrom(stored.bytes());
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    log.close();
  }
}
