package dev.swarmlog.storage.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.StorageException.Kind;
import dev.swarmlog.storage.eventlog.Entries;
import dev.swarmlog.storage.eventlog.KeyValueEventLog;
import dev.swarmlog.storage.eventlog.KeyValueEventLog.DurableListener;
import dev.swarmlog.storage.kv.KeyValueStore;
import dev.swarmlog.storage.v1.Entry;
import dev.swarmlog.v1.Log;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A log whose store finds no room: nothing of the entry stays, and it goes on from there. */
final class FullStoreTest {

  private final MemoryStore rows = new MemoryStore();
  private boolean full;
  private boolean keepsTheEntry;
  private final EventLog log = new KeyValueEventLog(store(), 0, 1, new NobodyListens());

  @Test
  void shouldGoOnAsIfAnEntryThatFoundNoRoomHadNeverBeen() {
    // given
    apply(log, 1);
    apply(log, 2);
    full = true;

    // when
    assertFull(() -> log.apply(entry(3)));

    // then it takes nothing, and says that there still is no room
    assertThatThrownBy(() -> log.apply(entry(3))).isInstanceOf(StorageException.class);
    assertFull(log::reopen);
    assertThat(log.durableIndex()).isEqualTo(2);
    assertThat(log.swarm(Entries.SWARM)).isPresent();

    // and the same entry is taken when there is some
    full = false;
    log.reopen();
    assertThat(log.appliedIndex()).isEqualTo(2);
    apply(log, 3);
    apply(log, 4);

    // and all is as in a log that never was full
    EventLog other = InMemoryEventLog.create();
    for (long index = 1; index <= 4; index++) {
      apply(other, index);
    }
    assertThat(dump(log)).isEqualTo(dump(other));
  }

  @Test
  void shouldNotGoOnWhereNobodyKnowsWhatBecameOfAnEntry() {
    // given a write that says that it failed, and did not
    apply(log, 1);
    full = true;
    keepsTheEntry = true;
    assertFull(() -> log.apply(entry(2)));

    // when
    full = false;

    // then
    assertThatThrownBy(log::reopen)
        .isInstanceOfSatisfying(
            StorageException.class, e -> assertThat(e.kind()).isEqualTo(Kind.IO))
        .hasMessageContaining("end with entry 1 as before, but it ends with entry 2");
    assertThatThrownBy(() -> log.apply(entry(2))).isInstanceOf(StorageException.class);
  }

  private static void assertFull(Runnable write) {
    assertThatThrownBy(write::run)
        .isInstanceOfSatisfying(
            StorageException.class, e -> assertThat(e.kind()).isEqualTo(Kind.DISK_FULL));
  }

  private static void apply(EventLog log, long index) {
    log.apply(entry(index));
    log.sync();
  }

  private static Entry entry(long index) {
    return Entry.newBuilder()
        .setVersion(EventLog.ENTRY_VERSION)
        .setIndex(index)
        .setLoggedUnixNano(index)
        .addCommands(
            index == 1
                ? Entries.createSwarm(Entries.SWARM)
                : Entries.append(
                    Entries.publish(
                            Entries.SWARM,
                            Log.LOG_MAIN,
                            Entries.keyed("key-" + index % 2, "value " + index))
                        .build()))
        .build();
  }

  private static List<String> dump(EventLog log) {
    List<String> dumped = new ArrayList<>();
    HexFormat hex = HexFormat.of();
    log.dump(
        row ->
            dumped.add(
                row.family() + " " + hex.formatHex(row.key()) + " " + hex.formatHex(row.value())));
    return dumped;
  }

  private KeyValueStore store() {
    return (KeyValueStore)
        Proxy.newProxyInstance(
            KeyValueStore.class.getClassLoader(),
            new Class<?>[] {KeyValueStore.class},
            (proxy, method, arguments) -> {
              boolean writes = method.getName().equals("write");
              if (full && writes && keepsTheEntry) {
                method.invoke(rows, arguments);
              }
              if (full && (writes || method.getName().equals("reopen"))) {
                throw new StorageException(Kind.DISK_FULL, "Expected room, but there is none");
              }
              try {
                return method.invoke(rows, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private static final class NobodyListens implements DurableListener {
    @Override
    public void durableThrough(long index) {}

    @Override
    public void close() {}
  }
}
