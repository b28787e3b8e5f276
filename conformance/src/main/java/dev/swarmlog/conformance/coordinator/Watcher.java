package dev.swarmlog.conformance.coordinator;

import dev.swarmlog.v1.Ack;
import dev.swarmlog.v1.DigestReport;
import dev.swarmlog.v1.Heartbeat;
import dev.swarmlog.v1.Nack;
import dev.swarmlog.v1.PublishGroup;

/** Is told what the coordinator receives, as it receives it; within the scene's lock. */
public interface Watcher {
  /** A session begins. */
  void hello(Session session);

  /** A lane is attached. */
  void attached(Lane lane);

  /** The agent says what is durably applied. */
  void acked(Lane lane, Ack ack);

  /** The agent answers a query. */
  void reported(Lane lane, DigestReport report);

  /** The agent refuses an operation. */
  void nacked(Session session, Nack nack);

  /** The agent lives. */
  void heartbeat(Session session, Heartbeat heartbeat);

  /** A stream of a publisher begins. */
  void producerHello(Producer producer);

  /** A publisher sends a group. */
  void published(Producer producer, PublishGroup group);

  /** The contract was broken: what was expected, and what came. */
  void broken(String what);
}
