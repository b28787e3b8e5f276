package dev.swarmlog.storage.eventlog;

import static dev.swarmlog.storage.eventlog.Entries.ALL;
import static dev.swarmlog.storage.eventlog.Entries.SWARM;
import static dev.swarmlog.storage.eventlog.Entries.agent;
import static dev.swarmlog.storage.eventlog.Entries.event;
import static dev.swarmlog.storage.eventlog.Entries.keyed;
import static dev.swarmlog.storage.eventlog.Entries.next;
import static dev.swarmlog.storage.eventlog.Entries.publish;
import static dev.swarmlog.storage.eventlog.Entries.role;
import static dev.swarmlog.storage.eventlog.Entries.scope;
import static dev.swarmlog.storage.eventlog.Entries.tombstone;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.v1.Command;
import dev.swarmlog.storage.v1.Expire;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.Topic;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Publishes at random, over few scopes, keys and values, and remembers what became of it. Any
 * thread may publish, one at a time, while others read what is durable.
 */
final class SwarmWriter {

  static final List<Scope> SCOPES =
      Stream.of(ALL, agent("a"), agent("b"), role("a"), role("b"))
          .flatMap(
              target ->
                  Stream.of(Topic.TOPIC_COMMANDS, Topic.TOPIC_RECONCILIATION)
                      .map(topic -> scope(topic, target)))
          .toList();

  private static final List<String> KEYS =
      List.of("k", "kk", "k\u0000", "l", "\uffff", "\ud83d\ude00");
  private static final int MAX_GROUPS = 3;
  private static final int MAX_RECORDS = 4;
  private static final int ENTRY_NS = 1_000;
  private static final int MAX_ENTRIES_TO_LIVE = 20;

  private final Random random;

  /** Replaced whole, once more of it is durable. */
  private volatile List<Operation> operations = List.of();

  SwarmWriter(Random random) {
    this.random = random;
  }

  /** The whole log so far. */
  List<Operation> operations() {
    return operations;
  }

  long head() {
    return operations.size();
  }

  /** Appends an entry or two, and makes them durable. */
  void append(EventLog log) {
    append(log, commands -> commands);
  }

  /** The same, with something else in the entries. */
  synchronized void append(EventLog log, UnaryOperator<List<Command>> more) {
    List<Operation> longer = new ArrayList<>(operations);
    int entries = 1 + random.nextInt(2);
    for (int i = 0; i < entries; i++) {
      log.apply(next(log, more.apply(commands(log))))
          .runs()
          .forEach(run -> run.operations().forEach(op -> longer.add(ModelAgent.parsed(op))));
    }
    log.sync();
    operations = longer;
  }

  /** What has expired is deleted, and some groups are published. */
  private List<Command> commands(EventLog log) {
    Command[] commands = new Command[2 + random.nextInt(MAX_GROUPS)];
    commands[0] = Command.newBuilder().setExpire(Expire.getDefaultInstance()).build();
    for (int i = 1; i < commands.length; i++) {
      PublishRecord[] records = new PublishRecord[1 + random.nextInt(MAX_RECORDS)];
      for (int r = 0; r < records.length; r++) {
        records[r] = record(log.loggedUnixNs());
      }
      commands[i] = Entries.append(publish(SWARM, Log.LOG_MAIN, records).build());
    }
    return List.of(commands);
  }

  private PublishRecord record(long loggedUnixNs) {
    Scope scope = SCOPES.get(random.nextInt(SCOPES.size()));
    Topic topic = scope.getTopic();
    Target target = scope.getTarget();
    String key = KEYS.get(random.nextInt(KEYS.size()));
    String value = "v" + " ".repeat(random.nextInt(3) * random.nextInt(40));
    PublishRecord.Builder record =
        (random.nextInt(3) == 0 ? event(topic, target, value) : keyed(topic, target, key, value))
            .toBuilder();
    if (random.nextInt(4) == 0) {
      long entries = 1 + random.nextInt(MAX_ENTRIES_TO_LIVE);
      record.setExpiresAtUnixNano(loggedUnixNs + ENTRY_NS * entries);
    }
    return random.nextInt(4) == 0 ? tombstone(topic, target, key) : record.build();
  }
}
