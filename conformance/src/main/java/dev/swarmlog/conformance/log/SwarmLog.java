package dev.swarmlog.conformance.log;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Topic;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The logs `main` and `control` of a swarm, as a case tells them. Grows at its end, and can become
 * another history. Not thread-safe: its owner holds a lock.
 */
public final class SwarmLog {
  private static final long INCARNATION = 0x5357_4d4c_4f47_0001L;

  private final Map<Log, List<Operation>> operations = new EnumMap<>(Log.class);
  private final Map<Log, List<ByteString>> hashes = new EnumMap<>(Log.class);
  private final Map<Log, Position> forks = new EnumMap<>(Log.class);
  private long epoch = 0xfedc_ba98_7654_3210L; // Above 2^63: ids of 64 bits have no sign.

  public SwarmLog() {
    for (Log log : List.of(Log.LOG_MAIN, Log.LOG_CONTROL)) {
      operations.put(log, new ArrayList<>());
      hashes.put(log, new ArrayList<>(List.of(ByteString.copyFrom(new byte[16]))));
    }
  }

  /** The log a topic lies in. */
  public static Log of(Topic topic) {
    return switch (topic) {
      case TOPIC_CONTROL -> Log.LOG_CONTROL;
      case TOPIC_TELEMETRY -> Log.LOG_TELEMETRY;
      default -> Log.LOG_MAIN;
    };
  }

  /**
   * Appends an operation.
   *
   * @throws IllegalArgumentException unless its number is the next one
   */
  public void append(Operation operation) {
    Log log = of(operation.getTopic());
    List<Operation> before = of(log);
    if (operation.getOpId() != before.size() + 1) {
      throw new IllegalArgumentException(
          "Expected operation %d of %s next, but got %d"
              .formatted(before.size() + 1, Notation.text(log), operation.getOpId()));
    }
    boolean existed =
        !operation.getKey().isEmpty()
            && fold(log, before.size())
                .keys(Fold.scopeOf(operation))
                .containsKey(operation.getKey());
    Operation stored = operation.toBuilder().setKeyExisted(existed).build();
    List<ByteString> ofLog = hashes(log);
    ofLog.add(Fold.runningHash(ofLog.get(ofLog.size() - 1), stored));
    before.add(stored);
  }

  /** From here on it is another history: of another epoch, and empty. */
  public void beginAnew() {
    forks.clear();
    epoch++;
    operations.values().forEach(List::clear);
    hashes.values().forEach(ofLog -> ofLog.subList(1, ofLog.size()).clear());
  }

  /** The end of main is lost, and another epoch begins there; the one before is remembered. */
  public void loseAbove(long mainOpId) {
    int kept = Math.toIntExact(mainOpId);
    List<Operation> main = of(Log.LOG_MAIN);
    main.subList(kept, main.size()).clear();
    List<ByteString> ofMain = hashes(Log.LOG_MAIN);
    ofMain.subList(kept + 1, ofMain.size()).clear();
    forks.clear();
    operations.keySet().forEach(log -> forks.put(log, position(log, head(log))));
    epoch++;
  }

  /** Where the epoch of a position ended; null if it is the one in force, or is not remembered. */
  public @Nullable Position fork(Position position) {
    Position fork = forks.get(position.getLog());
    return fork != null && fork.getEpoch() == position.getEpoch() ? fork : null;
  }

  /** The last operation; 0 if there is none. */
  public long head(Log log) {
    return of(log).size();
  }

  /** An operation by its number. */
  public Operation operation(Log log, long opId) {
    return of(log).get(Math.toIntExact(opId - 1));
  }

  /** Operations of some scopes in an interval. */
  public List<Operation> between(Log log, long fromExclusive, long to, List<Scope> scopes) {
    return of(log).subList(Math.toIntExact(fromExclusive), Math.toIntExact(to)).stream()
        .filter(operation -> scopes.contains(Fold.scopeOf(operation)))
        .toList();
  }

  /** A position of the log; of `telemetry`, nowhere. */
  public Position position(Log log, long opId) {
    Position.Builder position =
        Position.newBuilder().setIncarnation(INCARNATION).setEpoch(epoch).setLog(log);
    return log == Log.LOG_TELEMETRY
        ? position.build()
        : position.setOpId(opId).setRunningHash(hashes(log).get(Math.toIntExact(opId))).build();
  }

  /** Everything up to an operation, folded. */
  public Fold fold(Log log, long to) {
    Fold fold = new Fold();
    of(log).subList(0, Math.toIntExact(to)).forEach(fold::apply);
    return fold;
  }

  private List<Operation> of(Log log) {
    List<Operation> found = operations.get(log);
    if (found == null) {
      throw new IllegalArgumentException("Expected main or control, but got " + Notation.text(log));
    }
    return found;
  }

  private List<ByteString> hashes(Log log) {
    List<ByteString> found = hashes.get(log);
    if (found == null) {
      throw new IllegalArgumentException("Expected main or control, but got " + Notation.text(log));
    }
    return found;
  }
}
