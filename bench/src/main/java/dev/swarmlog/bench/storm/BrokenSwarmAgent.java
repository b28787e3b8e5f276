package dev.swarmlog.bench.storm;

import com.google.protobuf.ByteString;
import dev.swarmlog.bench.storm.StormWorkload.Misbehaviour;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * An agent of Swarmlog that has every frame right and no manners: it asks again and again, by new
 * sessions at its old position and by publishing that it wants its work, however it is answered. It
 * keeps one connection, as the misbehaving agent of an orchestrator does.
 */
final class BrokenSwarmAgent implements BrokenAgent {

  private final ManagedChannel channel;
  private final List<Misbehaviour> misbehaviours;
  private final SessionLoop sessions;
  private final PublishLoop publishing;
  private int next;

  /**
   * @param position where it stood when it broke; none if it had done nothing
   * @param demand what it publishes
   * @param handler is given what it is handed out
   */
  BrokenSwarmAgent(
      String target,
      String swarm,
      String agent,
      Optional<Position> position,
      List<Misbehaviour> misbehaviours,
      ByteString demand,
      Consumer<Operation> handler) {
    this.channel =
        Grpc.newChannelBuilder(target, InsecureChannelCredentials.create())
            .directExecutor()
            .disableRetry()
            .build();
    this.misbehaviours = misbehaviours;
    this.sessions = new SessionLoop(channel, swarm, agent, position, handler);
    this.publishing = new PublishLoop(channel, swarm, agent, demand);
  }

  @Override
  public void ask(Ending ending) {
    switch (misbehaviours.get(next++ % misbehaviours.size())) {
      case RECONNECT -> sessions.open(ending);
      case PUBLISH -> publishing.publish(ending);
    }
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
