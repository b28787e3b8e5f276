package dev.swarmlog.demo.process;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;

/**
 * What a child tells the supervisor: one line of JSON, told apart by {@code "type"}. Op IDs are
 * those of {@code main}.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Status.Agents.class, name = "agents"),
  @JsonSubTypes.Type(value = Status.Connected.class, name = "connected"),
  @JsonSubTypes.Type(value = Status.CaughtUp.class, name = "caughtUp"),
  @JsonSubTypes.Type(value = Status.Planner.class, name = "planner"),
  @JsonSubTypes.Type(value = Status.Corrupted.class, name = "corrupted"),
  @JsonSubTypes.Type(value = Status.DriftOver.class, name = "driftOver"),
  @JsonSubTypes.Type(value = Status.Trouble.class, name = "trouble")
})
public sealed interface Status {
  /**
   * Where the agents of a process stand; several times a second, and once more at the end.
   *
   * @param lagHistogram the lags measured since the last of these: a compressed HdrHistogram of
   *     microseconds, in Base64
   * @param negativeLags operations since the last of these that were applied before they were
   *     appended, by the clocks
   */
  record Agents(List<AgentProgress> agents, String lagHistogram, long negativeLags)
      implements Status {}

  /**
   * One agent.
   *
   * @param opId how far it has applied
   * @param state the SDK's word for what it does
   * @param pendingCount assignments of its own whose result it has not seen
   * @param tableDigest in hex
   */
  record AgentProgress(
      String agent, long opId, String state, long pendingCount, String tableDigest) {}

  /** A session is open: what the agent missed, of how many, and how it will get it. */
  record Connected(String agent, String plan, long missingCount, long startOpId, long headOpId)
      implements Status {}

  /**
   * Everything up to the head of the session's start is applied, since when this many came and came
   * again.
   */
  record CaughtUp(String agent, long opId, long receivedCount, long repeatedCount)
      implements Status {}

  /**
   * A row of an agent's table was changed on purpose.
   *
   * @param key of the row; "" if there is none to change
   * @param change what it says now, and what it said, for people
   */
  record Corrupted(String agent, String key, String change) implements Status {}

  /**
   * The coordinator has published that a drift is over, as an agent has read and journaled it.
   *
   * @param seenBy the agent that read it, at operation {@code opId}
   * @param agent the agent that had drifted
   * @param healing in the words of the contract, such as "repaired"
   * @param keys that differed
   */
  record DriftOver(
      String seenBy,
      long opId,
      String agent,
      String healing,
      List<String> keys,
      long goodOpId,
      long foundOpId,
      long healedOpId,
      long messageCount,
      long byteCount)
      implements Status {}

  /**
   * The planner's books.
   *
   * @param round the round being assigned, from 1
   * @param assigned assignments sent, over all rounds
   * @param acknowledged of them, those with an ack
   * @param surveyed of them, those whose result has come back
   * @param surveyedInFirstRound of the first round, those whose result has come back
   * @param elapsedMs since the first assignment
   * @param opId how far the planner has seen the log
   * @param done all rounds are over: nothing more will be assigned, and every result is there
   */
  record Planner(
      int round,
      long assigned,
      long acknowledged,
      long surveyed,
      long surveyedInFirstRound,
      long elapsedMs,
      long opId,
      boolean done)
      implements Status {}

  /**
   * Something went wrong that the supervisor should show; {@code fatal} if the child cannot go on.
   */
  record Trouble(String message, boolean fatal) implements Status {}
}
