package dev.swarmlog.server.path.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.server.DiskSpace;
import dev.swarmlog.server.FrameMemory;
import dev.swarmlog.server.Instruments;
import dev.swarmlog.server.Limits;
import dev.swarmlog.server.Threads;
import dev.swarmlog.server.TimeSource;
import dev.swarmlog.server.path.batch.ShardWriter.Reception;
import dev.swarmlog.server.path.commit.Committer;
import dev.swarmlog.server.path.commit.Proposal;
import dev.swarmlog.server.path.commit.Replication;
import dev.swarmlog.server.path.deliver.Deliveries;
import dev.swarmlog.server.path.fair.Flow;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.StorageException.Kind;
import dev.swarmlog.storage.memory.InMemoryEventLog;
import dev.swarmlog.storage.v1.Command;
import dev.swarmlog.storage.v1.CreateSwarm;
import dev.swarmlog.v1.Durability;
import dev.swarmlog.v1.Log;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An entry that finds no room waits for some, and nobody is told anything of it before. */
@Timeout(60)
class FullDiskWriterTest {

  private final EventLog log = InMemoryEventLog.create();
  private final DiskSpace disk = DiskSpace.endless();
  private final List<String> told = new ArrayList<>();
  private final List<String> ends = new ArrayList<>();
  private boolean full;
  private boolean flushFails;
  private ShardWriter writer = newWriter();

  @Test
  void shouldCommitWhatFoundNoRoomOnceThereIsSome() throws Exception {
    // given
    propose("first");
    assertThat(writer.step(0)).isTrue();
    writer.noteCursor("first", "agent", Log.LOG_MAIN, 0);
    full = true;

    // when
    propose("second");
    propose("third");
    assertThat(writer.step(0)).isTrue();

    // then
    assertThat(told).containsExactly("first: SwarmCreated");
    assertThat(writer.withoutRoom()).isTrue();
    assertThat(disk.state()).isEqualTo(DiskSpace.State.FULL);
    assertThat(propose("refused")).isEqualTo(Reception.DISK_FULL);
    assertThat(writer.step(0)).isTrue();
    assertThat(writer.step(0)).isTrue();
    assertThat(writer.withoutRoom()).isTrue();

    // when
    full = false;
    assertThat(writer.step(0)).isTrue();

    // then
    assertThat(told)
        .containsExactly("first: SwarmCreated", "second: SwarmCreated", "third: SwarmCreated");
    assertThat(disk.state()).isEqualTo(DiskSpace.State.ENOUGH);
    assertThat(writer.withoutRoom()).isFalse();
    assertThat(log.durableIndex()).isEqualTo(2);
    assertThat(propose("fourth")).isEqualTo(Reception.TAKEN);
    assertThat(writer.step(0)).isTrue();
    assertThat(told).hasSize(4);
  }

  @Test
  void shouldTellNothingOfAnEntryWhoseFateNobodyKnowsWhenItStops() throws Exception {
    // given
    full = true;
    propose("in the entry");
    assertThat(writer.step(0)).isTrue();

    // when
    assertThat(writer.stop(Duration.ofSeconds(10))).isTrue();

    // then
    assertThat(writer.step(1_000_000_000L)).isFalse();
    assertThat(told).isEmpty();
    assertThat(ends).isEmpty();
  }

  @Test
  void shouldEndTheProcessWhereAFlushFindsNoRoom() throws Exception {
    // given
    flushFails = true;
    propose("first");

    // when
    writer.start();
    assertThat(writer.stop(Duration.ofSeconds(10))).isTrue();

    // then
    assertThat(told).isEmpty();
    assertThat(ends).hasSize(1);
    assertThat(ends.get(0)).startsWith("17: No room").contains("start it again");
  }

  private ShardWriter newWriter() {
    Limits limits = Limits.defaults();
    EventLog filling = filling();
    Deliveries deliveries =
        new Deliveries(
            filling,
            Runnable::run,
            limits,
            1 << 20,
            new FrameMemory(limits.maxFrameTimesBytes()),
            Instruments.off());
    return new ShardWriter(
        0,
        new Committer(
            Replication.local(filling, Durability.DURABILITY_OS), deliveries, Instruments.off(), 0),
        limits,
        new RealTime(),
        Threads.system(),
        disk,
        (exitCode, message, cause) -> ends.add(exitCode + ": " + message));
  }

  private Reception propose(String swarm) {
    Command command =
        Command.newBuilder()
            .setCreateSwarm(CreateSwarm.newBuilder().setName(swarm).setIncarnation(1).setEpoch(1))
            .build();
    return writer.propose(
        new Proposal(
            Flow.NEW_SWARMS,
            command,
            command.getSerializedSize(),
            new Proposal.Listener() {
              @Override
              public void settled(Outcome outcome, Durability durability) {
                told.add(swarm + ": " + outcome.getClass().getSimpleName());
              }

              @Override
              public void abandoned() {
                told.add(swarm + ": abandoned");
              }
            }));
  }

  /** The log, as long as there is room. */
  private EventLog filling() {
    return (EventLog)
        Proxy.newProxyInstance(
            EventLog.class.getClassLoader(),
            new Class<?>[] {EventLog.class},
            (proxy, method, arguments) -> {
              boolean writes = List.of("apply", "reopen").contains(method.getName());
              if (full && writes || flushFails && method.getName().equals("sync")) {
                throw new StorageException(Kind.DISK_FULL, "No room.");
              }
              try {
                return method.invoke(log, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private static final class RealTime implements TimeSource {
    @Override
    public long unixNs() {
      return System.currentTimeMillis() * 1_000_000;
    }

    @Override
    public long monotonicNs() {
      return System.nanoTime();
    }
  }
}
