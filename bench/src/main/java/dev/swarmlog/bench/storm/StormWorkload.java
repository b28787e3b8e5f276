package dev.swarmlog.bench.storm;

import java.util.List;

/**
 * What a run does, second by second; the same for all contenders. Immutable.
 *
 * <p>Every swarm has a publisher, whose commands are due at fixed times, each for one agent, chosen
 * by the seed. Agent 0 of swarm 0 is the one that misbehaves in the storm: all it does fails, and
 * it asks for it again at {@link #STORM_FACTOR} times the rate of a publisher.
 *
 * <pre>
 *   | warm-up        | before  | during                | after   |
 *   |   | storm |    |         | failing   |           |         |
 *   0             warm-up    +phase      +phase/2    +phase    +phase   seconds
 * </pre>
 *
 * @param swarms at least 1
 * @param agents per swarm, at least 1, each with a connection of its own
 * @param ratePerSecond commands per second and swarm, at least 1
 * @param warmUpSeconds at least 0
 * @param phaseSeconds of each of before, during, after; at least 2
 * @param seed chooses agents and failures
 * @param misbehaviours of the misbehaving agent of Swarmlog, in turns; at least one
 */
public record StormWorkload(
    int swarms,
    int agents,
    int ratePerSecond,
    int warmUpSeconds,
    int phaseSeconds,
    long seed,
    List<Misbehaviour> misbehaviours) {

  /** How many times the rate of a publisher the misbehaving agent asks. */
  static final int STORM_FACTOR = 100;

  /** How often a handler fails while handlers fail. */
  static final double FAILURE_PROBABILITY = 0.2;

  private static final int ALLOWED_FACTOR = 4;
  private static final int WARM_UP_PART = 10;
  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final int BYTES = 256;

  public StormWorkload {
    misbehaviours = List.copyOf(misbehaviours);
  }

  /** What a misbehaving agent of Swarmlog does over and over. */
  public enum Misbehaviour {
    /** Opens a session at its old position, takes what comes, and leaves. */
    RECONNECT,
    /** Publishes that it wants to be given its work again. */
    PUBLISH
  }

  /** How long all of it takes. */
  public int totalSeconds() {
    return warmUpSeconds + 3 * phaseSeconds;
  }

  /** Commands of one swarm, over all phases. */
  int commandsPerSwarm() {
    return totalSeconds() * ratePerSecond;
  }

  /** When a command of a swarm is due, since the beginning. */
  long dueNs(int command) {
    return command * NANOS_PER_SECOND / ratePerSecond;
  }

  /** The rate limit of each publisher at Swarmlog's coordinator, operations per second. */
  int allowedRate() {
    return ALLOWED_FACTOR * ratePerSecond;
  }

  /** How many requests per second the misbehaving agent makes in the storm. */
  public int stormRate() {
    return STORM_FACTOR * ratePerSecond;
  }

  /**
   * The same of the storm in a second. That of the warm-up only has code compiled: it is a tenth,
   * or a contender that drowns in it would not be dry when it is to be quiet.
   */
  int stormRate(int second) {
    return second < warmUpSeconds ? stormRate() / WARM_UP_PART : stormRate();
  }

  /** Bytes of a command's payload. */
  int payloadBytes() {
    return BYTES;
  }

  /** The second at which a phase begins. */
  int beginSecond(Phase phase) {
    return switch (phase) {
      case WARM_UP -> 0;
      case BEFORE -> warmUpSeconds;
      case STORM_FAILING -> warmUpSeconds + phaseSeconds;
      case STORM -> warmUpSeconds + phaseSeconds + (phaseSeconds + 1) / 2;
      case AFTER -> warmUpSeconds + 2 * phaseSeconds;
    };
  }

  /** The second at which a phase has ended. */
  int endSecond(Phase phase) {
    return phase == Phase.AFTER ? totalSeconds() : beginSecond(Phase.values()[phase.ordinal() + 1]);
  }

  /** The phase of a moment since the beginning; what comes after the end is after, too. */
  public Phase phase(long elapsedNs) {
    long second = elapsedNs / NANOS_PER_SECOND;
    Phase phase = Phase.WARM_UP;
    for (Phase each : Phase.values()) {
      if (second >= beginSecond(each)) {
        phase = each;
      }
    }
    return phase;
  }

  /** Whether the storm rages in a second. */
  boolean storming(int second) {
    return second >= beginSecond(Phase.STORM_FAILING) && second < beginSecond(Phase.AFTER)
        || warmUpStorm(second);
  }

  /** Whether handlers fail at times in a second. */
  boolean failing(int second) {
    return second >= beginSecond(Phase.STORM_FAILING) && second < beginSecond(Phase.STORM)
        || warmUpStorm(second);
  }

  private boolean warmUpStorm(int second) {
    return warmUpSeconds >= 3 && second >= 1 && second < 1 + warmUpSeconds / 2;
  }

  /** Whom a command of a swarm is for. */
  int agentOf(int swarm, int command) {
    return (int) Math.floorMod(mixed(swarm, command, 0), (long) agents);
  }

  /** Whether an attempt at a command fails while handlers fail; attempts count from 1. */
  boolean attemptFails(int swarm, int command, int attempt) {
    double uniform = (mixed(swarm, command, attempt) >>> 11) * 0x1.0p-53;
    return uniform < FAILURE_PROBABILITY;
  }

  /** A number that looks random: SplitMix64 (Steele, Lea, Flood, 2014) over all of them. */
  private long mixed(int swarm, int command, int attempt) {
    long mixed = seed;
    for (long part : new long[] {swarm, command, attempt}) {
      mixed += 0x9E3779B97F4A7C15L * (part + 1);
      mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
      mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
      mixed ^= mixed >>> 31;
    }
    return mixed;
  }

  static boolean misbehaves(int swarm, int agent) {
    return swarm == 0 && agent == 0;
  }

  static String swarmName(int swarm) {
    return "bench-" + swarm;
  }

  static String agentName(int agent) {
    return "agent-" + agent;
  }
}
