package dev.swarmlog.server.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.Topic;
import dev.swarmlog.v1.View;
import dev.swarmlog.v1.ViewScope;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Agents with different views and roles are published at, read a little, commit or not, crash,
 * change their views, lose keys, fall behind a small tail and see their coordinator restart. Each
 * receipt must agree with what its agent has, no entry of a sync may be redundant where it is known
 * what the agent holds, and in the end each agent must have what a naive reading of the whole log
 * says.
 *
 * <p>The seed decides what is done. It is printed; {@code -Dswarmlog.seed=N} plays it again. {@code
 * -Dswarmlog.syncSeeds=N} tries N seeds, the long form: a few seconds each.
 */
class RandomSyncTest {

  private static final String SWARM = "random";
  private static final int AGENTS = 5;
  private static final int ROLES = 3;
  private static final int STEPS = 300;
  private static final Topic[] TOPICS = {Topic.TOPIC_COMMANDS, Topic.TOPIC_ALERTS};

  /** How often what happened, over all seeds. */
  private static final Map<String, Integer> TOTALS = new TreeMap<>();

  @AfterAll
  static void shouldHaveSeenEverything() {
    if (Long.getLong("swarmlog.seed") == null) {
      assertThat(TOTALS)
          .as("or this shows little")
          .containsKeys("PLAN_DELTA", "PLAN_SNAPSHOT")
          .allSatisfy((what, times) -> assertThat(times).as(what).isPositive());
    }
  }

  static LongStream seeds() {
    Long given = Long.getLong("swarmlog.seed");
    if (given != null) {
      return LongStream.of(given);
    }
    int count = Integer.getInteger("swarmlog.syncSeeds", 3);
    long first = System.nanoTime();
    return LongStream.range(0, count).map(i -> i < 2 ? i + 1 : first + i);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void shouldBringEveryAgentToWhereTheLogIs(long seed, @TempDir Path directory) throws Exception {
    System.out.println("RandomSyncTest: -Dswarmlog.seed=" + seed);
    try (Coordinator coordinator =
        Coordinator.on(
            directory,
            Coordinator.limits(
                "maxGroupRecords",
                8,
                "maxUnacknowledgedOperations",
                10,
                "maxDeliveryBytes",
                400,
                "maxTailBatchesPerSwarm",
                3,
                "heartbeatTimeout",
                Duration.ofMinutes(10)))) {
      Play play = new Play(coordinator, new Random(seed));
      for (int step = 0; step < STEPS; step++) {
        play.step();
      }
      play.finish();
    }
  }

  private static final class Play {

    private final Coordinator coordinator;
    private final Random random;
    private final List<ModelAgent> agents = new ArrayList<>();
    private final List<Scope> published = new ArrayList<>();
    private final Map<Plan, Integer> plans = new EnumMap<>(Plan.class);
    private int added;
    private int interrupted;
    private int inexact;
    private int lostKeys;

    Play(Coordinator coordinator, Random random) {
      this.coordinator = coordinator;
      this.random = random;
      for (int i = 0; i < AGENTS; i++) {
        ModelAgent agent = new ModelAgent(SWARM, "agent" + i);
        changeView(agent);
        agents.add(agent);
      }
      publish();
    }

    void step() throws Exception {
      int dice = random.nextInt(100);
      ModelAgent agent = agents.get(random.nextInt(AGENTS));
      if (dice < 45) {
        publish();
      } else if (dice < 46) {
        restart();
      } else if (!agent.connected()) {
        connect(agent);
      } else if (dice < 60) {
        crash(agent);
      } else {
        readSome(agent);
      }
    }

    /** Everybody to the head, and everything compared. */
    void finish() {
      PublishedLog log = PublishedLog.of(coordinator, SWARM);
      int fallsBehind = 0;
      for (ModelAgent agent : agents) {
        if (!agent.connected()) {
          connect(agent);
        }
        while (moreComes(agent)) {
          read(agent);
        }
        log.check(agent);
        assertThat(agent.redundant()).as("redundant entries of %s", agent).isZero();
        fallsBehind += agent.fallsBehind();
        agent.crash();
      }
      System.out.printf(
          "  %s, %d with added scopes, %d interrupted, %d of them again, %d keys lost, %d fell behind%n",
          plans, added, interrupted, inexact, lostKeys, fallsBehind);
      plans.forEach((plan, times) -> TOTALS.merge(plan.name(), times, Integer::sum));
      TOTALS.merge("added", added, Integer::sum);
      TOTALS.merge("interrupted", interrupted, Integer::sum);
      TOTALS.merge("interrupted again", inexact, Integer::sum);
      TOTALS.merge("fell behind", fallsBehind, Integer::sum);
    }

    private void publish() {
      int groups = 1 + random.nextInt(4);
      for (int group = 0; group < groups; group++) {
        PublishRecord[] records = new PublishRecord[1 + random.nextInt(4)];
        for (int i = 0; i < records.length; i++) {
          records[i] = randomRecord();
          published.add(
              Scope.newBuilder()
                  .setTopic(records[i].getTopic())
                  .setTarget(records[i].getTarget())
                  .build());
        }
        coordinator.publish(SWARM, records);
      }
    }

    /** Few keys and values, so that many come back to what they were. */
    private PublishRecord randomRecord() {
      Topic topic = TOPICS[random.nextInt(TOPICS.length)];
      String text = "value" + random.nextInt(3);
      String key = "key" + random.nextInt(6);
      return switch (random.nextInt(6)) {
        case 0 ->
            Requests.event(topic, randomTarget(), text).toBuilder()
                // Some have expired before anybody can see them.
                .setExpiresAtUnixNano(random.nextInt(4) == 0 ? 1 : 0)
                .build();
        case 1 ->
            Requests.keyed(topic, randomTarget(), key, "").toBuilder()
                .setTombstone(true)
                .clearPayload()
                .build();
        default -> Requests.keyed(topic, randomTarget(), key, text);
      };
    }

    private Target randomTarget() {
      return switch (random.nextInt(4)) {
        case 0, 1 -> Requests.ALL;
        case 2 -> Requests.agent("agent" + random.nextInt(AGENTS));
        default -> Requests.role("role" + random.nextInt(ROLES));
      };
    }

    private void connect(ModelAgent agent) {
      if (random.nextInt(4) == 0) {
        changeView(agent);
      }
      boolean interruptedBefore = agent.stored().interrupted();
      // Half of them keep sums; only these can hear of a lost key.
      boolean keepsSums = agents.indexOf(agent) % 2 == 0;
      if (keepsSums && random.nextInt(6) == 0 && agent.rot()) {
        lostKeys++;
      }
      agent.connect(coordinator, keepsSums);
      plans.merge(agent.plan().getPlan(), 1, Integer::sum);
      interrupted += interruptedBefore ? 1 : 0;
      inexact += agent.heldIsKnown() ? 0 : 1;
      added +=
          agent.plan().getPlan() == Plan.PLAN_DELTA && agent.plan().getSnapshotScopesCount() > 0
              ? 1
              : 0;
    }

    private void crash(ModelAgent agent) {
      if (random.nextInt(3) == 0) {
        agent.commit();
      }
      agent.crash();
    }

    private void restart() throws Exception {
      agents.forEach(ModelAgent::crash);
      if (random.nextBoolean()) {
        coordinator.restart();
      } else {
        coordinator.restartAbruptly();
      }
    }

    private void readSome(ModelAgent agent) {
      int frames = 1 + random.nextInt(6);
      for (int i = 0; i < frames && moreComes(agent); i++) {
        read(agent);
      }
    }

    private void read(ModelAgent agent) {
      if (agent.lane().call().waitingFrames() == 0) {
        // The coordinator may wait for an ack.
        agent.commit();
      }
      agent.read();
      if (random.nextInt(3) == 0) {
        agent.commit();
      }
    }

    private boolean moreComes(ModelAgent agent) {
      if (!agent.caughtUp()) {
        return true;
      }
      int position = (int) agent.now().position().getOpId();
      return published.subList(position, published.size()).stream()
          .anyMatch(agent.plan().getScopesList()::contains);
    }

    private void changeView(ModelAgent agent) {
      View.Builder view = View.newBuilder();
      for (ViewScope scope : Requests.view(TOPICS).getScopesList()) {
        if (random.nextInt(3) != 0) {
          view.addScopes(scope);
        }
      }
      if (view.getScopesCount() == 0) {
        view.addScopes(Requests.MAIN.getScopes(2));
      }
      List<String> roles = new ArrayList<>();
      for (int role = 0; role < ROLES; role++) {
        if (random.nextBoolean()) {
          roles.add("role" + role);
        }
      }
      agent.sees(view.build(), roles.toArray(String[]::new));
    }
  }
}
