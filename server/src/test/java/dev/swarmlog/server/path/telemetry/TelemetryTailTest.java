package dev.swarmlog.server.path.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.server.path.telemetry.TelemetryTail.Recent;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.AllAgents;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.Topic;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What of the telemetry stays for readers that are slow. */
class TelemetryTailTest {

  private static final Scope SCOPE =
      Scope.newBuilder()
          .setTopic(Topic.TOPIC_TELEMETRY)
          .setTarget(Target.newBuilder().setAll(AllAgents.getDefaultInstance()))
          .build();

  private long opId;

  @Test
  void shouldGiveAReaderThatKeepsUpEveryValue() {
    TelemetryTail tail = new TelemetryTail(10, Long.MAX_VALUE, new AtomicLong());

    tail.append(List.of(keyed("ann", "load"), keyed("ann", "load"), keyed("ann", "load")), 0);

    assertThat(opIds(tail)).containsExactly(1L, 2L, 3L);
  }

  @Test
  void shouldLetValuesMakeWayThatWereSetAnewBeforeAnythingElse() {
    TelemetryTail tail = new TelemetryTail(4, Long.MAX_VALUE, new AtomicLong());

    tail.append(List.of(ephemeral(), keyed("ann", "load"), keyed("ben", "load")), 0);
    tail.append(List.of(keyed("ann", "load"), keyed("ann", "heat")), 0);
    assertThat(opIds(tail)).as("2 was set anew by 4").containsExactly(1L, 3L, 4L, 5L);
    tail.append(List.of(keyed("ann", "heat"), keyed("ann", "heat")), 0);

    assertThat(opIds(tail)).containsExactly(1L, 3L, 4L, 7L);
    tail.append(List.of(ephemeral()), 0);
    assertThat(opIds(tail)).as("nothing to conflate: the oldest").containsExactly(3L, 4L, 7L, 8L);
  }

  @Test
  void shouldBoundTheBytes() {
    TelemetryTail tail = new TelemetryTail(1_000, 500, new AtomicLong());

    for (int i = 0; i < 100; i++) {
      tail.append(List.of(keyed("ann", "key-" + i % 3), ephemeral()), 0);
    }

    long bytes = all(tail).stream().mapToLong(found -> found.operation().bytes().length).sum();
    assertThat(bytes).isBetween(400L, 500L);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void shouldCountWhatMadeWayByOrdinals(long seed) {
    // given fewer keys than there is room
    Random random = new Random(seed);
    TelemetryTail tail = new TelemetryTail(50, Long.MAX_VALUE, new AtomicLong());
    tail.add(readerWhoNamesTheScope(tail));
    TreeMap<String, Long> newest = new TreeMap<>();

    // when
    for (int i = 0; i < 2_000; i++) {
      String key = "key-" + random.nextInt(20);
      tail.append(List.of(keyed("ann", key)), 0);
      newest.put(key, opId);
    }

    // then a reader that read nothing gets the newest of each key, and counts the rest
    List<Recent> found = all(tail);
    assertThat(found).as("seed %d", seed).hasSize(50);
    assertThat(found.stream().map(recent -> recent.operation().opId()))
        .as("seed %d", seed)
        .containsAll(newest.values())
        .isSorted();
    long seen = 0;
    long dropped = 0;
    for (Recent recent : found) {
      dropped += recent.scopeOrdinal() - seen - 1;
      seen = recent.scopeOrdinal();
    }
    assertThat(dropped).as("seed %d", seed).isEqualTo(2_000 - 50);
  }

  private StoredOperation keyed(String publisher, String key) {
    return stored(
        Operation.newBuilder()
            .setOperationClass(OperationClass.OPERATION_CLASS_KEYED)
            .setPublisher(publisher)
            .setKey(key));
  }

  private StoredOperation ephemeral() {
    return stored(
        Operation.newBuilder().setOperationClass(OperationClass.OPERATION_CLASS_EPHEMERAL));
  }

  private StoredOperation stored(Operation.Builder operation) {
    Operation built =
        operation.setOpId(++opId).setTopic(SCOPE.getTopic()).setTarget(SCOPE.getTarget()).build();
    return new StoredOperation(
        opId, opId, SCOPE, built.getOperationClass(), new byte[16], 0, built.toByteArray());
  }

  /** Its window is never open. */
  private static TelemetryLane readerWhoNamesTheScope(TelemetryTail tail) {
    return new TelemetryLane(
        tail,
        View.of(Set.of(SCOPE)),
        Runnable::run,
        () -> false,
        delivery -> {},
        lagNs -> {},
        1,
        closed -> {},
        new StoodStill());
  }

  private static List<Recent> all(TelemetryTail tail) {
    return tail.after(0, View.everything(), Long.MAX_VALUE);
  }

  private static List<Long> opIds(TelemetryTail tail) {
    return all(tail).stream().map(recent -> recent.operation().opId()).toList();
  }
}
