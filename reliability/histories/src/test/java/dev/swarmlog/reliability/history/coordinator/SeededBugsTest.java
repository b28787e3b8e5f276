package dev.swarmlog.reliability.history.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.reliability.bug.SeededBug;
import dev.swarmlog.reliability.history.Content;
import dev.swarmlog.reliability.history.LinearizabilityChecker;
import dev.swarmlog.reliability.history.Verdict;
import dev.swarmlog.reliability.history.Violation.Kind;
import dev.swarmlog.server.StartupException;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishRequest;
import dev.swarmlog.v1.PublishServiceGrpc;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each seeded bug is caught, for the reason that it should be; without it the same catcher says
 * nothing. {@code docs/seeded-bugs.md} has the table.
 */
final class SeededBugsTest {

  /** Without a bug {@link ConcurrentHistoriesTest} finds nothing in so many and more. */
  private static final int MAX_HISTORIES = 40;

  private static final int OPERATIONS = 10;

  private final LinearizabilityChecker checker = new LinearizabilityChecker();

  @TempDir private Path directory;

  @BeforeAll
  static void beQuietAboutCutConnections() {
    QuietTransport.quiet();
  }

  static Stream<Arguments> caughtByHistories() {
    Set<Kind> wentBack =
        EnumSet.of(
            Kind.LOST,
            Kind.STALE_READ,
            Kind.TIME_INVERTED,
            Kind.ID_REUSED,
            Kind.FORKED,
            Kind.ANSWER_CHANGED,
            Kind.APPENDED_TWICE,
            Kind.GROUP_TORN,
            Kind.NUMBERS_OUT_OF_ORDER,
            Kind.NUMBER_REUSED,
            Kind.CONFLICT_INVENTED,
            Kind.WRONG_READ,
            Kind.DUPLICATE_MISJUDGED);
    return Stream.of(
        Arguments.of(SeededBug.ACK_BEFORE_FSYNC, Machine.End.POWER_LOSS, 1, wentBack),
        Arguments.of(SeededBug.REUSED_OPERATION_ID, Machine.End.KILL, 2, wentBack),
        Arguments.of(
            SeededBug.DEDUPE_OUTSIDE_BATCH,
            Machine.End.KILL,
            4,
            EnumSet.of(
                Kind.APPENDED_TWICE,
                Kind.ANSWER_CHANGED,
                Kind.DUPLICATE_MISJUDGED,
                Kind.NUMBER_REUSED,
                Kind.CONFLICT_INVENTED,
                Kind.NUMBERS_OUT_OF_ORDER)),
        Arguments.of(SeededBug.DELIVERY_ABOVE_WATERMARK, Machine.End.POWER_LOSS, 2, wentBack),
        Arguments.of(SeededBug.ACK_FOR_REFUSED, Machine.End.STOP, 0, wentBack),
        Arguments.of(SeededBug.RETRY_ANSWERED_ANEW, Machine.End.STOP, 0, wentBack),
        Arguments.of(
            SeededBug.DELTA_WITHOUT_A_KEY, Machine.End.STOP, 0, EnumSet.of(Kind.WRONG_READ)),
        Arguments.of(
            SeededBug.STALE_READ,
            Machine.End.STOP,
            0,
            EnumSet.of(Kind.STALE_READ, Kind.LOST, Kind.WRONG_READ)),
        Arguments.of(SeededBug.FOREIGN_VIEW, Machine.End.STOP, 0, EnumSet.of(Kind.FOREIGN)),
        Arguments.of(
            SeededBug.LOGGED_TIME_GOES_BACK,
            Machine.End.KILL,
            2,
            EnumSet.of(Kind.LOGGED_TIME_BACK)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("caughtByHistories")
  void shouldBeCaughtByAHistory(SeededBug bug, Machine.End end, int ends, Set<Kind> expected)
      throws Exception {
    long startNs = System.nanoTime();
    for (long seed = 1; seed <= MAX_HISTORIES; seed++) {
      Verdict verdict =
          checker.check(
              ConcurrentHistory.run(seed, Optional.empty(), Optional.of(bug), ends, List.of(end)));
      if (verdict instanceof Verdict.Violated violated) {
        System.out.printf(
            "Seeded bug %s: caught by history %d, after %.1f s. %s%n",
            bug, seed, (System.nanoTime() - startNs) / 1e9, violated.describe());
        assertThat(violated.violation().kind()).as(violated.describe()).isIn(expected);
        return;
      }
    }
    throw new AssertionError(
        "Expected %s to be caught by one of %d histories, but it was not"
            .formatted(bug, MAX_HISTORIES));
  }

  @Test
  void shouldRefuseAStoreThatLostItsEndUnlessTheSidecarLies() throws Exception {
    assertThat(opensWithoutItsEnd("right", Optional.empty()))
        .as("a store that lost its end opens")
        .isFalse();
    assertThat(opensWithoutItsEnd("wrong", Optional.of(SeededBug.SIDECAR_LIES)))
        .as("it opens, if its mark says nothing")
        .isTrue();
  }

  private boolean opensWithoutItsEnd(String name, Optional<SeededBug> bug) throws Exception {
    Path store = directory.resolve(name);
    try (Machine machine = new Machine(Optional.of(store), bug)) {
      publishEvents(machine.start(), OPERATIONS);
    }
    Path log = writeAheadLog(store);
    byte[] bytes = Files.readAllBytes(log);
    Files.write(log, Arrays.copyOf(bytes, bytes.length / 2));
    try (Machine machine = new Machine(Optional.of(store), bug)) {
      machine.start();
      return true;
    } catch (StartupException e) {
      assertThat(e.kind()).isEqualTo(StartupException.Kind.STORE_DAMAGED);
      return false;
    }
  }

  private static Path writeAheadLog(Path store) throws IOException {
    try (Stream<Path> files = Files.list(store.resolve("shard-0000/rocksdb"))) {
      return files
          .filter(file -> file.toString().endsWith(".log"))
          .max(Comparator.comparingLong(SeededBugsTest::size))
          .orElseThrow();
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void shouldApplyEverythingAtLeastOnceUnlessTheCursorComesFirst() throws Exception {
    Set<Long> all = new TreeSet<>(LongStream.rangeClosed(1, 2 * OPERATIONS).boxed().toList());
    assertThat(effectsOf(/* withBug= */ false)).isEqualTo(all);
    assertThat(effectsOf(/* withBug= */ true)).isNotEqualTo(all);
  }

  /** What took effect in an agent that died between. */
  private static Set<Long> effectsOf(boolean withBug) throws Exception {
    try (Machine machine = new Machine(Optional.empty(), Optional.empty())) {
      int port = machine.start();
      MortalAgent agent = new MortalAgent("localhost:" + port, withBug);
      publishEvents(port, OPERATIONS);
      agent.liveUntilSaved(1);
      publishEvents(port, OPERATIONS);
      agent.liveThrough(2 * OPERATIONS);
      return agent.effects();
    }
  }

  private static void publishEvents(int port, int count) {
    try (Connection connection = new Connection(port)) {
      for (int i = 1; i <= count; i++) {
        var unused =
            PublishServiceGrpc.newBlockingStub(connection.channel())
                .withDeadlineAfter(Connection.PATIENCE_SECONDS, TimeUnit.SECONDS)
                .publish(
                    PublishRequest.newBuilder()
                        .setSwarm(ConcurrentHistory.SWARM)
                        .setPublisher("publisher")
                        .setGroup(
                            PublishGroup.newBuilder()
                                .addRecords(
                                    Contents.record(
                                        Content.event(Integer.toString(i), Contents.ALL_SCOPE))))
                        .build());
      }
    }
  }
}
