package dev.swarmlog.server.path.drift;

import dev.swarmlog.v1.AgentDifference;
import dev.swarmlog.v1.Position;
import java.util.List;

/** Hears once what an agent holds that is not in the log. Must not block. */
public interface LocatedListener {

  /**
   * Everything was asked.
   *
   * @param at where the agent stood at the last answer
   * @param cut more differs than is listed
   * @param unknown of some scope the agent does not know its keys; nothing is listed of it
   */
  void located(Position at, List<AgentDifference> differences, boolean cut, boolean unknown);

  /** The agent is being mended, or went away. */
  void unavailable();
}
