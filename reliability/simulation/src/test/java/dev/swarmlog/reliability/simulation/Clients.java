package dev.swarmlog.reliability.simulation;

import dev.swarmlog.sdk.SwarmConnection;
import dev.swarmlog.v1.Topic;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** The agents and publishers of a simulation: started, hurt and started again. */
final class Clients {

  private static final List<AgentSpec> AGENTS =
      List.of(
          new AgentSpec(
              "a1",
              "hive",
              List.of("scout"),
              EnumSet.of(Topic.TOPIC_COMMANDS, Topic.TOPIC_CONTROL),
              AgentSpec.Style.OPERATIONS),
          new AgentSpec(
              "a2",
              "hive",
              List.of(),
              EnumSet.of(Topic.TOPIC_COMMANDS, Topic.TOPIC_ALERTS),
              AgentSpec.Style.EFFECT_STORE),
          new AgentSpec(
              "a3",
              "hive",
              List.of("scout"),
              EnumSet.of(Topic.TOPIC_CONTROL, Topic.TOPIC_ALERTS),
              AgentSpec.Style.BATCHES),
          new AgentSpec(
              "b1",
              "nest",
              List.of(),
              EnumSet.of(Topic.TOPIC_COMMANDS, Topic.TOPIC_CONTROL),
              AgentSpec.Style.EFFECT_STORE));

  private static final Map<String, String> PUBLISHERS = swarmsOfPublishers();

  private static final long MS = 1_000_000L;

  private final Simulation simulation;
  private final Scenario scenario;
  private final SplittableRandom random;
  private final Map<String, AgentDisk> disks = new LinkedHashMap<>();
  private final Map<String, SimulatedAgent> agents = new LinkedHashMap<>();
  private final Map<String, SimulatedPublisher> publishers = new LinkedHashMap<>();
  private final Map<String, Long> slowUntilNs = new LinkedHashMap<>();
  private long lives;

  Clients(Simulation simulation, Scenario scenario) {
    this.simulation = simulation;
    this.scenario = scenario;
    this.random = new SplittableRandom(scenario.seed() + 104_729);
  }

  private static Map<String, String> swarmsOfPublishers() {
    Map<String, String> swarms = new LinkedHashMap<>();
    swarms.put("p1", "hive");
    swarms.put("p2", "hive");
    swarms.put("q1", "nest");
    return swarms;
  }

  void start() {
    specs().forEach(this::startAgent);
    PUBLISHERS.keySet().forEach(this::startPublisher);
  }

  List<AgentSpec> specs() {
    return AGENTS.stream().filter(spec -> scenario.agents().contains(spec.name())).toList();
  }

  AgentDisk disk(String agent) {
    return disks.computeIfAbsent(agent, name -> new AgentDisk());
  }

  /** The life of an agent; null while it is down. */
  @Nullable SimulatedAgent agent(String name) {
    SimulatedAgent agent = agents.get(name);
    return agent != null && agent.process().isAlive() ? agent : null;
  }

  /** Publishers that live. */
  List<SimulatedPublisher> publishers() {
    List<SimulatedPublisher> alive = new ArrayList<>(publishers.values());
    alive.removeIf(publisher -> !publisher.process().isAlive());
    return alive;
  }

  @Nullable SimulatedPublisher publisher(SplittableRandom draw) {
    List<String> names = List.copyOf(PUBLISHERS.keySet());
    SimulatedPublisher publisher = publishers.get(names.get(draw.nextInt(names.size())));
    return publisher != null && publisher.process().isAlive() ? publisher : null;
  }

  /** The swarm of a client. */
  String swarm(String client) {
    return PUBLISHERS.containsKey(client)
        ? PUBLISHERS.get(client)
        : AGENTS.stream().filter(a -> a.name().equals(client)).findFirst().orElseThrow().swarm();
  }

  private VirtualProcess process(String name) {
    return new VirtualProcess(name, failure -> simulation.verdict().failed(name, failure));
  }

  private SwarmConnection connection(String name, VirtualProcess process, StampClock clock) {
    long life = ++lives;
    VirtualTime time = simulation.time();
    long[] identifiers = {0};
    return SwarmConnection.builder(link(name).channel(process))
        .executor(new VirtualExecutor(time, process, /* serial= */ false, () -> handlingNs(name)))
        .timer(new VirtualExecutor(time, process, /* serial= */ false, () -> 0))
        .clock(clock)
        .monotonicClock(time::nowNs)
        .random(new SplittableRandom(scenario.seed() * 31 + life))
        .identifiers(() -> "%s/%d/%d".formatted(name, life, identifiers[0]++))
        .build();
  }

  private long handlingNs(String name) {
    boolean slow = simulation.time().nowNs() < slowUntilNs.getOrDefault(name, 0L);
    return slow ? 1_000 * MS : random.nextInt(400_000);
  }

  private VirtualLink link(String name) {
    return simulation.network().link(name, scenario.seed() ^ name.hashCode());
  }

  private void startAgent(AgentSpec spec) {
    if (agent(spec.name()) != null) {
      return;
    }
    if (agents.containsKey(spec.name())) {
      simulation.tell(spec.name() + " is started again");
    }
    VirtualProcess process = process(spec.name());
    StampClock clock = new StampClock(simulation::unixNs);
    process.run(
        () ->
            agents.put(
                spec.name(),
                new SimulatedAgent(
                    spec,
                    disk(spec.name()),
                    process,
                    connection(spec.name(), process, clock),
                    spec.name() + "-" + lives,
                    simulation.chronicle(),
                    simulation.verdict(),
                    simulation.bugs(),
                    simulation::tell)));
  }

  private void startPublisher(String name) {
    SimulatedPublisher before = publishers.get(name);
    if (before != null && before.process().isAlive()) {
      return;
    }
    if (before != null) {
      simulation.tell(name + " is started again");
    }
    VirtualProcess process = process(name);
    StampClock clock = new StampClock(simulation::unixNs);
    process.run(
        () ->
            publishers.put(
                name,
                new SimulatedPublisher(
                    process,
                    name,
                    PUBLISHERS.get(name),
                    connection(name, process, clock),
                    clock,
                    simulation.chronicle(),
                    simulation.verdict(),
                    simulation::tell)));
  }

  /** The same for the same draw, whoever takes part. */
  private static String anyAgent(SplittableRandom draw) {
    return AGENTS.get(draw.nextInt(AGENTS.size())).name();
  }

  private VirtualLink anyLink(SplittableRandom draw) {
    List<String> names = new ArrayList<>(PUBLISHERS.keySet());
    AGENTS.forEach(spec -> names.add(spec.name()));
    return link(names.get(draw.nextInt(names.size())));
  }

  void cut(SplittableRandom draw) {
    VirtualLink link = anyLink(draw);
    boolean halfDead = draw.nextInt(4) == 0;
    long clientNs = draw.nextInt(5) * MS;
    long serverNs = halfDead ? (5_000 + draw.nextInt(30_000)) * MS : draw.nextInt(5) * MS;
    if (halfDead && draw.nextBoolean()) {
      long swapped = clientNs;
      clientNs = Math.min(serverNs, 20_000 * MS);
      serverNs = swapped;
    }
    simulation.tell(
        "the connection of %s breaks; it notices after %d ms, the coordinator after %d ms"
            .formatted(link.client(), clientNs / MS, serverNs / MS));
    link.cut(clientNs, serverNs);
  }

  void closeLink(SplittableRandom draw) {
    VirtualLink link = anyLink(draw);
    int direction = draw.nextInt(3);
    long forNs = (200 + draw.nextInt(20_000)) * MS;
    simulation.tell(
        "nothing gets through %s %s for %d ms"
            .formatted(
                direction == 0 ? "from" : direction == 1 ? "to" : "from and to",
                link.client(),
                forNs / MS));
    link.close(direction != 1, direction != 0, forNs);
  }

  void crashAgent(SplittableRandom draw) {
    SimulatedAgent agent = agent(anyAgent(draw));
    if (agent == null) {
      return;
    }
    int writes = draw.nextInt(4);
    long downNs = draw.nextInt(4_000) * MS;
    long noticedNs = draw.nextInt(4) == 0 ? draw.nextInt(25_000) * MS : draw.nextInt(5) * MS;
    Runnable dies = () -> agentDies(agent, downNs, noticedNs);
    if (writes == 0) {
      dies.run();
    } else {
      agent.dieAtWrite(writes, dies);
    }
  }

  private void agentDies(SimulatedAgent agent, long downNs, long noticedNs) {
    String name = agent.spec().name();
    simulation.tell(
        "%s dies, with its cursor at %d"
            .formatted(name, disk(name).position(AgentSpec.mainOrControl(agent.spec()))));
    agent.process().die();
    link(name).cut(0, noticedNs);
    simulation
        .time()
        .schedule(
            simulation.world(),
            downNs,
            () -> {
              startAgent(agent.spec());
            });
  }

  void crashPublisher(SplittableRandom draw) {
    SimulatedPublisher publisher = publisher(draw);
    if (publisher == null) {
      return;
    }
    simulation.tell(publisher.name() + " dies");
    publisher.process().die();
    link(publisher.name()).cut(0, draw.nextInt(5) * MS);
    simulation
        .time()
        .schedule(
            simulation.world(),
            draw.nextInt(3_000) * MS,
            () -> {
              startPublisher(publisher.name());
            });
  }

  void slowAgent(SplittableRandom draw) {
    String name = anyAgent(draw);
    long forNs = (500 + draw.nextInt(8_000)) * MS;
    simulation.tell("%s is slow for %d ms".formatted(name, forNs / MS));
    slowUntilNs.put(name, simulation.time().nowNs() + forNs);
  }

  /** No more faults: who is down is started. */
  void calmDown() {
    slowUntilNs.clear();
    agents.values().forEach(agent -> agent.dieAtWrite(0, () -> {}));
    specs().forEach(this::startAgent);
    PUBLISHERS.keySet().forEach(this::startPublisher);
  }
}
