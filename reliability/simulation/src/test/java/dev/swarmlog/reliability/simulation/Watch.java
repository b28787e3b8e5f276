package dev.swarmlog.reliability.simulation;

import dev.swarmlog.v1.ControlRequest;
import dev.swarmlog.v1.ControlResponse;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.PublishStreamResponse;

/** Holds every frame against what is durable, at the moment when it is sent. */
final class Watch implements VirtualNetwork.FrameWatch {

  private static final long HELD_NS = 1_000_000_000L;

  private final Chronicle chronicle;
  private final Verdict verdict;
  private final Simulation simulation;

  Watch(Chronicle chronicle, Verdict verdict, Simulation simulation) {
    this.chronicle = chronicle;
    this.verdict = verdict;
    this.simulation = simulation;
  }

  @Override
  public void sentUp(String client, Object message) {
    if (message instanceof ControlRequest request && request.hasHello()) {
      SimulatedAgent agent = simulation.clients().agent(client);
      if (agent != null) {
        agent.helloSent();
      }
    }
  }

  @Override
  public void sentDown(String client, Object message) {
    if (message instanceof ControlResponse response && response.hasWelcome()) {
      SimulatedAgent agent = simulation.clients().agent(client);
      if (agent != null) {
        agent.welcomeSent(response.getWelcome().getSessionId());
      }
    } else if (message instanceof DataResponse response && response.hasDelivery()) {
      Position to = response.getDelivery().getTo();
      check(client, to, "watermark", "be given");
    } else if (isAck(message)
        && message instanceof PublishStreamResponse response
        && !simulation.bugs().holdsAcks()) {
      check(client, response.getAck().getLast(), "durable", "be told");
    }
  }

  @Override
  public long holdDownNs(Object message) {
    return simulation.bugs().holdsAcks() && isAck(message) ? HELD_NS : 0;
  }

  private static boolean isAck(Object message) {
    return message instanceof PublishStreamResponse response && response.hasAck();
  }

  private void check(String client, Position position, String invariant, String verb) {
    if (position.getLog() != Log.LOG_MAIN && position.getLog() != Log.LOG_CONTROL) {
      return;
    }
    String swarm = simulation.clients().swarm(client);
    if (position.getOpId() > chronicle.head(swarm, position.getLog())) {
      simulation.look();
    }
    long head = chronicle.head(swarm, position.getLog());
    if (position.getOpId() > head) {
      verdict.broken(
          new Violation(
              invariant,
              "expected %s to %s what is on the disk, but the coordinator sends operation %d of %s and the disk has %d"
                  .formatted(client, verb, position.getOpId(), position.getLog(), head)));
    }
  }
}
