package dev.swarmlog.server.path.drift;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.swarmlog.server.Instruments;
import dev.swarmlog.server.Limits;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.TimeSource;
import dev.swarmlog.server.configuration.DriftSettings;
import dev.swarmlog.server.path.admit.AgentBuckets;
import dev.swarmlog.server.path.deliver.DifferingKeys;
import dev.swarmlog.server.path.deliver.KeyedLog;
import dev.swarmlog.server.path.deliver.Lane;
import dev.swarmlog.server.path.deliver.LaneInsertion;
import dev.swarmlog.server.path.deliver.Operations;
import dev.swarmlog.server.path.deliver.SyncPlan;
import dev.swarmlog.storage.KeyInterval;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.AgentDifference;
import dev.swarmlog.v1.DigestPart;
import dev.swarmlog.v1.DigestQuery;
import dev.swarmlog.v1.DigestReport;
import dev.swarmlog.v1.DriftReport;
import dev.swarmlog.v1.DriftReport.Healing;
import dev.swarmlog.v1.DriftReport.What;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Repair;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.ScopeSums;
import dev.swarmlog.v1.Topic;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is done about an agent that holds another state than the log. */
class LaneWatchTest {

  private static final Scope ALL = Operations.ALL;
  private static final long INTERVAL_NS = TimeUnit.SECONDS.toNanos(10);
  private static final Duration HOUR = Duration.ofHours(1);

  private final KeyedLog log = new KeyedLog();
  private final ModelState agent = new ModelState(ALL);
  private final Deque<Runnable> steps = new ArrayDeque<>();
  private final List<DigestQuery> queries = new ArrayList<>();
  private final List<Repair> repairs = new ArrayList<>();
  private final List<Refusal> refusals = new ArrayList<>();
  private final List<Refusal> notices = new ArrayList<>();
  private final List<DriftReport> alerts = new ArrayList<>();
  private final List<DriftReport> reconciliations = new ArrayList<>();
  private final DriftBoard board = new DriftBoard();
  private final ManualTime time = new ManualTime();
  private DriftWatch watch = watch(new DriftSettings(Duration.ofSeconds(10), HOUR, 20, 3, 0));

  /** Appends to the log while the agent is asked. */
  private Runnable meanwhile = () -> {};

  private ByteString eventHash = ByteString.copyFrom(new byte[16]);
  private final List<DifferingKeys> found = new ArrayList<>();
  private final List<String> sent = new ArrayList<>();
  private boolean unknown;

  /** Answers wait until they are asked for again. */
  private boolean slow;

  private final List<DigestReport> unsaid = new ArrayList<>();
  private long lastRepairId;
  private boolean lies;

  /** Sums that were sent before a repair arrive after it. */
  private boolean crosses;

  private long applied;

  static LongStream seeds() {
    long first = Long.getLong("seed", System.nanoTime());
    return Long.getLong("seed") == null
        ? LongStream.range(first, first + 20)
        : LongStream.of(first);
  }

  /** Replay a failure with {@code -Dseed=…}. */
  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void shouldFindExactlyWhatDiffersAndMendIt(long seed) {
    // given
    System.out.println("LaneWatchTest: -Dseed=" + seed);
    Random random = new Random(seed);
    fill(random, 1 + random.nextInt(3_000));
    acknowledge();
    Set<String> corrupted = corrupt(random, 1 + random.nextInt(5));

    // when
    acknowledge();

    // then
    assertThat(agent.digest()).isEqualTo(digestOfTheLog());
    assertThat(alerts).hasSize(1);
    assertThat(reconciliations).hasSize(1);
    DriftReport report = reconciliations.get(0);
    assertThat(report.getHealing()).isEqualTo(Healing.HEALING_REPAIRED);
    assertThat(report.getWhat()).isEqualTo(What.WHAT_STATE);
    assertThat(Set.copyOf(report.getKeysList())).isEqualTo(corrupted);
    assertThat(report.getDifferingKeysCount()).isEqualTo(corrupted.size());
    assertThat(report.getGoodOpId()).isEqualTo(applied);
    assertThat(report.getMessagesCount()).isEqualTo(2L * queries.size() + repairs.size());
    // Four levels for each key, at most, but for the one that is asked for all of them.
    assertThat(queries.size()).isLessThanOrEqualTo(1 + 3 * corrupted.size());
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void shouldMendWhileTheLogMovesOn(long seed) {
    // given
    System.out.println("LaneWatchTest: -Dseed=" + seed);
    Random random = new Random(seed);
    fill(random, 500);
    acknowledge();
    corrupt(random, 3);
    meanwhile = () -> appendAndDeliver(random);

    // when
    acknowledge();

    // then
    assertThat(agent.digest()).isEqualTo(digestOfTheLog());
    assertThat(reconciliations)
        .extracting(DriftReport::getHealing)
        .containsAnyOf(Healing.HEALING_REPAIRED, Healing.HEALING_VANISHED);
    assertThat(refusals).isEmpty();
  }

  /** Parts of one key and of two beside each other: those of two are taken apart later. */
  @Test
  void shouldMendInTheOrderOfKeysWhateverWasFoundFirst() {
    for (int i = 0; i < 40; i++) {
      log.put(ALL, "key-" + (100 + i), "value");
    }
    deliver();
    acknowledge();
    Set<String> corrupted = new TreeSet<>(Set.of("key-101", "key-102", "key-103", "key-135"));
    corrupted.forEach(key -> agent.keys.put(key, digest(new Random(1))));

    acknowledge();

    assertThat(agent.digest()).isEqualTo(digestOfTheLog());
    assertThat(reconciliations.get(0).getKeysList()).containsExactlyElementsOf(corrupted);
  }

  @Test
  void shouldAskNothingOfAnAgentThatHoldsTheStateOfTheLog() {
    Random random = new Random(1);
    fill(random, 200);
    for (int i = 0; i < 50; i++) {
      appendAndDeliver(random);
      acknowledge();
    }

    assertThat(queries).isEmpty();
    assertThat(board.reports(KeyedLog.SWARM)).isEmpty();
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void shouldTellWithinASyncWhatAnAgentHoldsOtherwise(long seed) {
    // given
    System.out.println("LaneWatchTest: -Dseed=" + seed);
    Random random = new Random(seed);
    fill(random, 1 + random.nextInt(3_000));
    Set<String> corrupted = corrupt(random, 1 + random.nextInt(5));

    // when
    sync();

    // then
    assertThat(agent.digest()).isEqualTo(digestOfTheLog());
    assertThat(sent).isSubsetOf(corrupted);
    assertThat(queries.size()).isLessThanOrEqualTo(1 + 3 * corrupted.size());
    assertThat(repairs).isEmpty();
    assertThat(board.reports(KeyedLog.SWARM)).isEmpty();
  }

  @Test
  void shouldSendTheRestWhereTooMuchDiffersWithinASync() {
    Random random = new Random(1);
    fill(random, 5_000);
    agent.keys.replaceAll((key, value) -> digest(random));

    sync();

    assertThat(agent.digest()).isEqualTo(digestOfTheLog());
    assertThat(queries).hasSizeLessThan(5_000 / 2);
  }

  @Test
  void shouldSendEverythingToALiar() {
    fill(new Random(1), 2_000);
    lies = true;

    sync();

    assertThat(agent.digest()).isEqualTo(digestOfTheLog());
    assertThat(queries)
        .hasSizeLessThanOrEqualTo(SyncComparison.MAX_QUESTIONS + Descent.MAX_QUESTIONS + 1);
  }

  @Test
  void shouldSendEverythingToAnAgentThatDoesNotKnowWhatItHolds() {
    fill(new Random(1), 50);
    agent.keys.clear();
    unknown = true;

    sync();

    assertThat(agent.digest()).isEqualTo(digestOfTheLog());
    assertThat(queries).hasSize(1);
  }

  @Test
  void shouldAskSomeQuestionsAtOnceWithinASyncAndWantAnswersInOrder() {
    // given
    Random random = new Random(1);
    fill(random, 3_000);
    agent.keys.replaceAll((key, value) -> digest(random));
    slow = true;

    // when
    watch.compare(ALL, KeyInterval.ALL, log.head());
    run();
    assertThat(unsaid).hasSize(1);
    watch.answered(unsaid.remove(0));
    run();

    // then
    assertThat(unsaid).hasSize(16);
    watch.answered(unsaid.remove(0));
    run();
    assertThat(unsaid).hasSize(16);
    watch.answered(unsaid.remove(1));
    run();
    assertThat(refusals)
        .extracting(Refusal::reason)
        .containsExactly(ErrorReason.ERROR_REASON_PROTOCOL_VIOLATION);
  }

  /** Nothing is delivered meanwhile, so it cannot stand elsewhere. */
  @Test
  void shouldTakeAnswersWithinASyncFromWhereTheLaneStandsOnly() {
    fill(new Random(1), 50);
    applied--;

    watch.compare(ALL, KeyInterval.ALL, log.head());
    run();

    assertThat(refusals)
        .extracting(Refusal::message)
        .containsExactly(
            "Expected a DigestReport of operation 50, where the lane stands, but got one of operation 49.");
    assertThat(found).isEmpty();
  }

  @Test
  void shouldEndTheStreamWhereTheHorizonPassesASync() {
    fill(new Random(1), 50);
    Position at = log.head();
    meanwhile =
        () -> {
          log.put(ALL, "another", "value");
          log.compact(log.head().getOpId());
        };

    watch.compare(ALL, KeyInterval.ALL, at);
    run();

    assertThat(refusals)
        .extracting(Refusal::reason)
        .containsExactly(ErrorReason.ERROR_REASON_SESSION_NOT_FOUND);
    assertThat(refusals.get(0).metadata()).containsKey("horizon_op_id");
  }

  @Test
  void shouldSendAScopeInRepairsOfABoundedSize() {
    // given
    int valueBytes = 10_000;
    for (int i = 0; i < 100; i++) {
      log.put(ALL, "key-" + i, "x".repeat(valueBytes));
    }
    deliver();
    acknowledge();
    agent.keys.clear();
    watch = watch(new DriftSettings(Duration.ofSeconds(10), HOUR, 20, 1, 0));

    // when
    acknowledge();

    // then
    int bound = Limits.defaults().maxDeliveryBytes();
    assertThat(agent.digest()).isEqualTo(digestOfTheLog());
    assertThat(repairs).hasSizeGreaterThanOrEqualTo(100 * valueBytes / bound);
    assertThat(repairs).allMatch(repair -> repair.getSerializedSize() < bound + 2 * valueBytes);
  }

  @Test
  void shouldListSoManyKeysThatAnAgentHoldsOtherwise() {
    // given
    Random random = new Random(1);
    fill(random, 3_000);
    agent.keys.replaceAll((key, value) -> digest(random));
    List<String> located = new ArrayList<>();

    // when
    watch.locate(
        new LocatedListener() {
          @Override
          public void located(
              Position at, List<AgentDifference> differences, boolean cut, boolean isUnknown) {
            located.add(differences.size() + (cut ? " of more" : ""));
          }

          @Override
          public void unavailable() {
            located.add("unavailable");
          }
        });
    run();

    // then
    assertThat(located).containsExactly("1000 of more");
  }

  @Test
  void shouldLetNoMoreThanOneSetOfSumsWait() {
    // given
    fill(new Random(1), 10);
    acknowledge();
    List<ScopeSums> good = sums();
    agent.keys.clear();
    time.monotonicNs += 8 * INTERVAL_NS;

    // when sums come faster than the lane's thread takes a step
    for (int i = 0; i < 1_000; i++) {
      watch.acknowledged(log.at(applied), good, lastRepairId);
    }
    watch.acknowledged(log.at(applied), sums(), lastRepairId);

    // then one step waits, and the newest are looked at
    assertThat(steps).hasSize(1);
    run();
    assertThat(agent.digest()).isEqualTo(digestOfTheLog());
    assertThat(reconciliations).hasSize(1);
  }

  @Test
  void shouldLetNoMoreAnswersWaitThanThereAreQuestions() {
    // when answers come faster than the lane's thread takes a step
    for (int i = 0; i < 1_000; i++) {
      watch.answered(DigestReport.newBuilder().setQueryId(i).setPosition(log.at(applied)).build());
    }

    // then
    assertThat(steps).hasSize(Inquiry.MAX_UNDER_WAY);
    assertThat(refusals)
        .isNotEmpty()
        .allMatch(refusal -> refusal.reason() == ErrorReason.ERROR_REASON_PROTOCOL_VIOLATION);
    assertThat(refusals.get(0).message()).contains("more than 16");
  }

  @Test
  void shouldNotLookAtSumsMoreOftenThanEachInterval() {
    fill(new Random(1), 10);
    acknowledge();
    agent.keys.clear();

    acknowledgeAfter(INTERVAL_NS - 1);
    assertThat(queries).isEmpty();

    acknowledgeAfter(1);
    assertThat(agent.digest()).isEqualTo(digestOfTheLog());
  }

  @Test
  void shouldNotSearchAnAgentMoreOftenThanItsBucketAllows() {
    // given
    watch = watch(new DriftSettings(Duration.ofSeconds(10), HOUR, 4, 0, 0));
    fill(new Random(1), 100);

    // when it drifts whenever it is looked at
    for (int i = 0; i < 4; i++) {
      agent.keys.remove(agent.keys.firstKey());
      acknowledgeAfter(INTERVAL_NS);
    }
    assertThat(reconciliations).hasSize(4);
    agent.keys.remove(agent.keys.firstKey());
    for (int i = 0; i < 10; i++) {
      acknowledgeAfter(INTERVAL_NS);
    }

    // then
    assertThat(reconciliations).hasSize(4);
    acknowledgeAfter(HOUR.toNanos() / 4);
    assertThat(reconciliations).hasSize(5);
    assertThat(agent.digest()).isEqualTo(digestOfTheLog());
  }

  @Test
  void shouldSendEverythingToAnAgentThatWasSearchedTooOften() {
    watch = watch(new DriftSettings(Duration.ofSeconds(10), HOUR, 1, 0, 0));
    fill(new Random(1), 100);
    agent.keys.remove(agent.keys.firstKey());
    acknowledge();
    queries.clear();
    agent.keys.clear();

    sync();

    assertThat(queries).isEmpty();
    assertThat(agent.digest()).isEqualTo(digestOfTheLog());
  }

  @Test
  void shouldNotTakeSumsFromBeforeARepairForThoseAfterIt() {
    fill(new Random(1), 100);
    agent.keys.remove("key-3");
    agent.keys.remove(agent.keys.firstKey());
    crosses = true;

    acknowledge();

    assertThat(repairs).hasSize(1);
    assertThat(reconciliations)
        .extracting(DriftReport::getHealing)
        .containsExactly(Healing.HEALING_REPAIRED);
  }

  @Test
  void shouldNotLookAtSumsOfAPositionThatIsNotInTheLogAndSaySo() {
    fill(new Random(1), 10);
    agent.keys.clear();
    Position other =
        log.head().toBuilder().setRunningHash(ByteString.copyFrom(new byte[16])).build();

    watch.acknowledged(other, sums(), 0);
    run();

    assertThat(queries).isEmpty();
    assertThat(notices)
        .extracting(Refusal::reason)
        .containsExactly(ErrorReason.ERROR_REASON_EPOCH_MISMATCH);
  }

  @Test
  void shouldTellAnAgentThatItsEventsDiffer() {
    // given
    log.event(ALL);
    applied = log.head().getOpId();

    // when it missed the event
    acknowledge();

    // then
    assertThat(repairs).hasSize(1);
    assertThat(repairs.get(0).getPagesList()).isEmpty();
    assertThat(repairs.get(0).getEvents().getEventCount()).isEqualTo(1);
    assertThat(reconciliations).hasSize(1);
    assertThat(reconciliations.get(0).getWhat()).isEqualTo(What.WHAT_EVENTS);
    assertThat(reconciliations.get(0).getHealing()).isEqualTo(Healing.HEALING_TOLD);
    assertThat(queries).isEmpty();
  }

  @Test
  void shouldSendTheWholeScopeToAnAgentThatDriftsAgainAndAgain() {
    fill(new Random(1), 300);
    for (int i = 1; i <= 3; i++) {
      agent.keys.remove(agent.keys.firstKey());
      acknowledge();
      assertThat(agent.digest()).isEqualTo(digestOfTheLog());
    }

    assertThat(reconciliations)
        .extracting(DriftReport::getHealing)
        .containsExactly(
            Healing.HEALING_REPAIRED, Healing.HEALING_REPAIRED, Healing.HEALING_SNAPSHOT);
    assertThat(reconciliations).extracting(DriftReport::getTimes).containsExactly(1, 2, 3);
  }

  @Test
  void shouldForgetDriftsThatLieBehindTheWindow() {
    fill(new Random(1), 30);
    for (int i = 1; i <= 4; i++) {
      agent.keys.remove(agent.keys.firstKey());
      acknowledgeAfter(HOUR.toNanos() + 1);
    }

    assertThat(reconciliations).extracting(DriftReport::getTimes).containsOnly(1);
  }

  @Test
  void shouldStopFeedingAnAgentThatDriftedTooOften() {
    // given
    watch = watch(new DriftSettings(Duration.ofSeconds(10), HOUR, 20, 0, 2));
    fill(new Random(1), 30);
    for (int i = 1; i <= 2; i++) {
      agent.keys.remove(agent.keys.firstKey());
      acknowledge();
    }

    // then
    assertThat(refusals)
        .extracting(Refusal::reason)
        .containsExactly(ErrorReason.ERROR_REASON_DRIFTED);
    assertThat(board.stoppedAgents(KeyedLog.SWARM)).containsExactly("ant");
    assertThat(alerts.get(1).getHealing()).isEqualTo(Healing.HEALING_STOPPED);
    assertThat(board.release(KeyedLog.SWARM, "ant")).isTrue();
    assertThat(board.isStopped(KeyedLog.SWARM, "ant")).isFalse();
  }

  @Test
  void shouldGiveUpOnAnAgentThatLiesWhateverItIsSent() {
    // given
    fill(new Random(1), 2_000);
    lies = true;

    // when
    acknowledge();
    acknowledge();

    // then
    assertThat(alerts)
        .extracting(DriftReport::getHealing)
        .containsExactly(Healing.HEALING_STARTED, Healing.HEALING_FAILED);
    assertThat(queries.size()).isLessThanOrEqualTo(2 * (Descent.MAX_QUESTIONS + 1));
  }

  @Test
  void shouldEndWithAnAnswerThatNobodyAskedFor() {
    watch.answered(DigestReport.newBuilder().setQueryId(1).build());
    run();

    assertThat(refusals)
        .extracting(Refusal::reason)
        .containsExactly(ErrorReason.ERROR_REASON_PROTOCOL_VIOLATION);
  }

  @Test
  void shouldTakeNoPartsThatDoNotCoverTheInterval() {
    KeyInterval asked = new KeyInterval("b", "f");
    ByteString digest = ByteString.copyFrom(new byte[16]);
    DigestPart c = DigestPart.newBuilder().setThroughKey("c").setDigest(digest).build();
    DigestPart f = c.toBuilder().setThroughKey("f").build();

    assertThat(Descent.misfit(asked, List.of(c, f), 10)).isNull();
    assertThat(Descent.misfit(asked, List.of(f), 10)).isNull();
    assertThat(Descent.misfit(asked, List.of(), 10)).contains("1 to 32 parts");
    assertThat(Descent.misfit(asked, Collections.nCopies(33, f), 10)).contains("1 to 32 parts");
    assertThat(Descent.misfit(asked, List.of(c), 10)).contains("end with the interval");
    assertThat(Descent.misfit(asked, List.of(c, c, f), 10)).contains("ascend");
    assertThat(Descent.misfit(asked, List.of(c.toBuilder().setThroughKey("b").build(), f), 10))
        .contains("ascend");
    assertThat(Descent.misfit(asked, List.of(c.toBuilder().setThroughKey("g").build(), f), 10))
        .contains("ascend");
    assertThat(Descent.misfit(asked, List.of(c, f.toBuilder().clearDigest().build()), 10))
        .contains("a digest of 16");
    assertThat(Descent.misfit(asked, List.of(c.toBuilder().setThroughKey("cccc").build(), f), 3))
        .contains("at most 3 bytes");
  }

  private DriftWatch watch(DriftSettings settings) {
    Watched watched =
        new Watched(
            KeyedLog.SWARM,
            "ant",
            Log.LOG_MAIN,
            SyncPlan.between(log.head(), log.head(), View.of(Set.of(ALL))),
            log.log(),
            new LiveLane(),
            steps::add,
            new Sink(),
            Instruments.off());
    return new LaneWatch(
        watched,
        settings,
        Limits.defaults(),
        time,
        steps::add,
        board,
        AgentBuckets.of(settings.searches(), settings.window(), time),
        (topic, report, logged) ->
            (topic == Topic.TOPIC_ALERTS ? alerts : reconciliations).add((DriftReport) report));
  }

  /** A sync of the scope to the head, as a lane does it. */
  private void sync() {
    KeyInterval uncompared = KeyInterval.ALL;
    while (uncompared != null) {
      watch.compare(ALL, uncompared, log.head());
      run();
      DifferingKeys differing = found.remove(found.size() - 1);
      assertThat(found).isEmpty();
      for (KeyInterval keys : differing.intervals()) {
        Repair.Builder page =
            Repair.newBuilder()
                .addPages(
                    log.log()
                        .readKeys(
                            KeyedLog.SWARM,
                            Log.LOG_MAIN,
                            ALL,
                            log.head().getOpId(),
                            keys,
                            Integer.MAX_VALUE)
                        .toProto(log.head(), ALL));
        page.getPages(0).getOperationsList().forEach(operation -> sent.add(operation.getKey()));
        agent.apply(page.build());
      }
      uncompared = differing.uncompared();
    }
  }

  private void fill(Random random, int keys) {
    for (int i = 0; i < keys; i++) {
      log.put(ALL, key(random, i), "value " + i);
    }
    deliver();
  }

  /** Some keys have prefixes in common, some are not ASCII. */
  private static String key(Random random, int number) {
    return switch (random.nextInt(3)) {
      case 0 -> "key-" + number;
      case 1 -> "é" + number;
      default -> "\uD83D\uDC1D" + number;
    };
  }

  private void appendAndDeliver(Random random) {
    if (random.nextInt(3) == 0 && !agent.keys.isEmpty()) {
      log.delete(ALL, new ArrayList<>(agent.keys.keySet()).get(random.nextInt(agent.keys.size())));
    } else {
      log.put(ALL, "key-" + random.nextInt(100), "moved " + log.head().getOpId());
    }
    deliver();
  }

  /** The agent applies what it has not seen. */
  private void deliver() {
    List<StoredOperation> operations =
        log.log()
            .read(
                KeyedLog.SWARM,
                Log.LOG_MAIN,
                View.everything(),
                applied,
                log.head().getOpId(),
                Integer.MAX_VALUE)
            .operations();
    for (StoredOperation stored : operations) {
      try {
        agent.apply(Operation.parseFrom(stored.bytes()));
      } catch (InvalidProtocolBufferException e) {
        throw new IllegalStateException(e);
      }
    }
    applied = log.head().getOpId();
  }

  private Set<String> corrupt(Random random, int count) {
    Set<String> corrupted = new TreeSet<>();
    List<String> held = new ArrayList<>(agent.keys.keySet());
    for (int i = 0; i < count; i++) {
      String key = held.get(random.nextInt(held.size()));
      switch (random.nextInt(4)) {
        case 0 -> agent.keys.put(key, digest(random));
        case 1 -> agent.keys.remove(key);
        case 2 -> {
          key = key + "-extra" + i;
          agent.keys.put(key, digest(random));
        }
        default -> {
          // A run of keys is lost.
          int from = held.indexOf(key);
          List<String> run = held.subList(from, Math.min(held.size(), from + random.nextInt(4)));
          run.forEach(agent.keys::remove);
          corrupted.addAll(run);
          agent.keys.remove(key);
        }
      }
      corrupted.add(key);
    }
    return corrupted;
  }

  private static ByteString digest(Random random) {
    byte[] digest = new byte[16];
    random.nextBytes(digest);
    return ByteString.copyFrom(digest);
  }

  private ByteString digestOfTheLog() {
    List<ScopeSums> sums =
        log.log().sums(KeyedLog.SWARM, Log.LOG_MAIN, View.of(Set.of(ALL)), log.head().getOpId());
    return sums.get(0).getStateDigest();
  }

  /** Late enough, however often the agent has drifted in these tests. */
  private void acknowledge() {
    acknowledgeAfter(8 * INTERVAL_NS);
  }

  private void acknowledgeAfter(long ns) {
    time.monotonicNs += ns;
    watch.acknowledged(log.at(applied), sums(), lastRepairId);
    run();
  }

  private List<ScopeSums> sums() {
    ByteString state = lies ? ByteString.copyFromUtf8("0123456789abcdef") : agent.digest();
    return List.of(
        ScopeSums.newBuilder()
            .setScope(ALL)
            .setStateDigest(state)
            .setEventHash(eventHash)
            .setEventCount(eventHash.equals(ByteString.copyFrom(new byte[16])) ? 0 : 1)
            .build());
  }

  private void run() {
    for (Runnable step = steps.poll(); step != null; step = steps.poll()) {
      step.run();
    }
  }

  /** Sends at once what is inserted, at the head. */
  private final class LiveLane implements Lane {
    @Override
    public void insert(LaneInsertion insertion) {
      steps.add(() -> insertion.read(log.log(), log.head()).run());
    }

    @Override
    public void compared(DifferingKeys differing) {
      found.add(differing);
    }

    @Override
    public long headOpId() {
      return log.head().getOpId();
    }

    @Override
    public void wake() {}

    @Override
    public void acknowledged(long opId, long appliedUnixNs) {}

    @Override
    public @Nullable HandOut handOut(long opId) {
      return null;
    }

    @Override
    public void bookmark() {}

    @Override
    public void close() {}

    @Override
    public Progress progress() {
      return new Progress(State.LIVE, 0, applied, applied, 0);
    }
  }

  /** The agent at the other end. */
  private final class Sink implements DriftSink {
    @Override
    public void query(DigestQuery query) {
      queries.add(query);
      List<DigestPart> parts = lies ? lie(query) : agent.answer(query);
      unsaid.add(
          DigestReport.newBuilder()
              .setQueryId(query.getQueryId())
              .setPosition(log.at(applied))
              .addAllParts(parts)
              .setUnknown(unknown)
              .build());
      if (!slow) {
        watch.answered(unsaid.remove(0));
      }
      meanwhile.run();
    }

    /** Whatever interval it is asked about, it is full of keys. */
    private List<DigestPart> lie(DigestQuery query) {
      List<DigestPart> parts = new ArrayList<>();
      for (DigestPart part : agent.answer(query)) {
        parts.add(part.toBuilder().setKeyCount(1_000).setDigest(digest(new Random(1))).build());
      }
      return parts;
    }

    @Override
    public void repair(Repair repair) {
      repairs.add(repair);
      if (crosses) {
        Position before = log.at(applied);
        List<ScopeSums> stale = sums();
        long earlier = lastRepairId;
        steps.add(() -> watch.acknowledged(before, stale, earlier));
      }
      agent.apply(repair);
      if (repair.hasEvents()) {
        eventHash = repair.getEvents().getEventHash();
      }
      Position at = log.at(applied);
      List<ScopeSums> sums = sums();
      lastRepairId = repair.getRepairId();
      steps.add(() -> watch.acknowledged(at, sums, repair.getRepairId()));
      meanwhile.run();
    }

    @Override
    public void notice(Refusal about) {
      notices.add(about);
    }

    @Override
    public void refuse(Refusal refusal) {
      refusals.add(refusal);
    }
  }

  private static final class ManualTime implements TimeSource {
    private long monotonicNs;

    @Override
    public long unixNs() {
      return 1_700_000_000_000_000_000L + monotonicNs;
    }

    @Override
    public long monotonicNs() {
      return monotonicNs;
    }
  }
}
