package dev.swarmlog.reliability.simulation;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.PublishRecord;

/** One operation that somebody published, and what became of it. */
final class Publishing {

  /** What the publisher was told. */
  enum Answer {
    NONE,
    ACKED,
    REFUSED,
    UNKNOWN
  }

  private final String name;
  private final String publisher;
  private final String swarm;
  private final Log log;
  private final PublishRecord record;

  /** The highest operation ID that anybody had been told of by then, of that log. */
  private final long floorOpId;

  private Answer answer = Answer.NONE;
  private long ackedOpId;
  private long entryOpId;

  Publishing(
      String name, String publisher, String swarm, Log log, PublishRecord record, long floorOpId) {
    this.name = name;
    this.publisher = publisher;
    this.swarm = swarm;
    this.log = log;
    this.record = record;
    this.floorOpId = floorOpId;
  }

  String name() {
    return name;
  }

  String publisher() {
    return publisher;
  }

  String swarm() {
    return swarm;
  }

  Log log() {
    return log;
  }

  PublishRecord record() {
    return record;
  }

  long floorOpId() {
    return floorOpId;
  }

  Answer answer() {
    return answer;
  }

  /** The operation ID it was acked with; 0 if it was not. */
  long ackedOpId() {
    return ackedOpId;
  }

  /** Where it is in the log; 0 if it is not. */
  long entryOpId() {
    return entryOpId;
  }

  void acked(long opId) {
    answer = Answer.ACKED;
    ackedOpId = opId;
  }

  void answered(Answer given) {
    answer = given;
  }

  void entered(long opId) {
    entryOpId = opId;
  }
}
