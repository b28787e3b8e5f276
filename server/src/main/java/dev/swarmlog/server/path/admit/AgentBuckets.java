package dev.swarmlog.server.path.admit;

import dev.swarmlog.server.TimeSource;
import java.time.Duration;
import java.util.List;

/**
 * A token bucket for each agent of a swarm, full at first and filled evenly. Safe for use by
 * several threads.
 */
public interface AgentBuckets {

  /**
   * Buckets of which nobody has used any.
   *
   * @param tokens that each holds, and that flow in within a period
   */
  static AgentBuckets of(long tokens, Duration period, TimeSource time) {
    return new LocalAgentBuckets(tokens, period, time);
  }

  /** Whether there is a token. Takes none. */
  boolean hasToken(String swarm, String agent);

  /** Takes a token, if there is one. */
  boolean take(String swarm, String agent);

  /** Agents of a swarm without a token. */
  List<String> empty(String swarm);

  /** The agent begins anew, with a full bucket. */
  void forget(String swarm, String agent);
}
