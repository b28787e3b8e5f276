package dev.swarmlog.sdk;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Position;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where an agent stands: of each log the last position durably applied, what was interrupted there,
 * the scopes it holds and their sums; and the highest term it has seen. Immutable.
 *
 * <p>Stores keep it opaque, by {@link #toByteArray()}. It names its swarm and agent, so that a
 * cursor cannot be taken for another agent's.
 */
public final class AgentCursor {
  private static final AgentCursor EMPTY = new AgentCursor(Hello.getDefaultInstance());

  // The part of Hello that it becomes: swarm, agent, resume, highest_term. So what is stored is
  // what is presented.
  private final Hello form;

  private AgentCursor(Hello form) {
    this.form = form;
  }

  /** The cursor of an agent that has applied nothing. */
  public static AgentCursor empty() {
    return EMPTY;
  }

  /**
   * Reads what {@link #toByteArray()} wrote.
   *
   * @throws CursorStoreException if the bytes are not a cursor
   */
  public static AgentCursor parse(byte[] bytes) {
    try {
      return new AgentCursor(Hello.parseFrom(bytes));
    } catch (InvalidProtocolBufferException e) {
      throw new CursorStoreException(
          "Expected the bytes of a cursor, but they do not parse: restore them, or start the agent with a fresh cursor",
          e);
    }
  }

  /** The stored form; any version of the SDK from this one on reads it. */
  public byte[] toByteArray() {
    return form.toByteArray();
  }

  /** Position in the log, if anything of it was applied. */
  public Optional<Position> position(Log log) {
    return Optional.ofNullable(resume(log)).map(LogResume::getPosition);
  }

  /** All positions, by log. */
  public Map<Log, Position> positions() {
    Map<Log, Position> positions = new EnumMap<>(Log.class);
    for (LogResume resume : form.getResumeList()) {
      positions.put(resume.getPosition().getLog(), resume.getPosition());
    }
    return positions;
  }

  /** The highest term seen; 0 if none. */
  public long highestTerm() {
    return form.getHighestTerm();
  }

  /**
   * The same cursor with another position for the position's log, and of that log nothing else: no
   * sums, nothing interrupted.
   */
  public AgentCursor with(Position position) {
    return with(LogResume.newBuilder().setPosition(position).build());
  }

  /** The same cursor with another resume state for its position's log. */
  AgentCursor with(LogResume changed) {
    Hello.Builder next = form.toBuilder();
    for (int i = 0; i < next.getResumeCount(); i++) {
      if (next.getResume(i).getPosition().getLog() == changed.getPosition().getLog()) {
        return new AgentCursor(next.setResume(i, changed).build());
      }
    }
    return new AgentCursor(next.addResume(changed).build());
  }

  /** The same cursor, and a term at least this high. */
  public AgentCursor withTerm(long term) {
    return term <= form.getHighestTerm()
        ? this
        : new AgentCursor(form.toBuilder().setHighestTerm(term).build());
  }

  /**
   * The same cursor under a name.
   *
   * @throws CursorStoreException if it belongs to another agent or swarm
   */
  AgentCursor ownedBy(String swarm, String agent) {
    boolean mine = form.getSwarm().equals(swarm) && form.getAgent().equals(agent);
    boolean unnamed = form.getSwarm().isEmpty() && form.getAgent().isEmpty();
    if (!mine && !unnamed) {
      throw new CursorStoreException(
          "Expected the cursor of agent '%s' in swarm '%s', but the store holds that of agent '%s' in swarm '%s': give each agent a store of its own"
              .formatted(agent, swarm, form.getAgent(), form.getSwarm()));
    }
    return new AgentCursor(form.toBuilder().setSwarm(swarm).setAgent(agent).build());
  }

  /** All there is of the log; null if nothing. */
  @Nullable LogResume resume(Log log) {
    for (LogResume resume : form.getResumeList()) {
      if (resume.getPosition().getLog() == log) {
        return resume;
      }
    }
    return null;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof AgentCursor cursor && form.equals(cursor.form);
  }

  @Override
  public int hashCode() {
    return form.hashCode();
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("AgentCursor[");
    positions()
        .forEach(
            (log, position) -> text.append(log).append('=').append(position.getOpId()).append(' '));
    return text.append("term=").append(highestTerm()).append(']').toString();
  }
}
