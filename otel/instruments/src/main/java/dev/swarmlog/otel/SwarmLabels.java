package dev.swarmlog.otel;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which swarms are named in metrics: the first ones that show up, so that the number of series has
 * a bound. May be used by any thread.
 */
public final class SwarmLabels {

  /** What the other swarms are called together. No swarm can have this name: it is empty. */
  public static final String OTHERS = "";

  private final int maxNamed;
  private final Map<String, String> named = new ConcurrentHashMap<>();

  /**
   * Names that are still to be given.
   *
   * @param maxNamed how many swarms are named
   */
  public SwarmLabels(int maxNamed) {
    this.maxNamed = maxNamed;
  }

  /** The value of {@link Attribute#SWARM} for a swarm. */
  public String of(String swarm) {
    String label = named.get(swarm);
    if (label != null) {
      return label;
    }
    synchronized (named) {
      return named.size() < maxNamed ? named.computeIfAbsent(swarm, name -> name) : OTHERS;
    }
  }
}
