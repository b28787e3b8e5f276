package dev.swarmlog.server.path.batch;

import com.google.protobuf.Message;
import dev.swarmlog.server.path.commit.Proposal;
import dev.swarmlog.server.path.fair.Flow;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.v1.Append;
import dev.swarmlog.storage.v1.Command;
import dev.swarmlog.v1.AllAgents;
import dev.swarmlog.v1.Durability;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.Topic;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Publishes reports by proposals of its own. */
final class SwarmReports implements OwnReports {

  private static final Logger logger = LoggerFactory.getLogger(SwarmReports.class);

  private static final String CONTENT_TYPE = "application/protobuf";

  private final ShardWriter writer;
  private final String swarm;

  SwarmReports(ShardWriter writer, String swarm) {
    this.writer = writer;
    this.swarm = swarm;
  }

  @Override
  public void publish(Topic topic, Message report, Consumer<Boolean> logged) {
    String type = report.getDescriptorForType().getFullName();
    PublishRecord record =
        PublishRecord.newBuilder()
            .setTopic(topic)
            .setTarget(Target.newBuilder().setAll(AllAgents.getDefaultInstance()))
            .setOperationClass(OperationClass.OPERATION_CLASS_EVENT)
            .setPayload(
                Payload.newBuilder()
                    .setType(type)
                    .setContentType(CONTENT_TYPE)
                    .setData(report.toByteString()))
            .build();
    Command command =
        Command.newBuilder()
            .setAppend(
                Append.newBuilder()
                    .setSwarm(swarm)
                    .setLog(Log.LOG_MAIN)
                    .setGroup(PublishGroup.newBuilder().addRecords(record)))
            .build();
    ShardWriter.Reception reception =
        writer.propose(
            new Proposal(
                Flow.ofSwarm(swarm),
                command,
                command.getSerializedSize(),
                new Logged(type, logged)));
    if (reception != ShardWriter.Reception.TAKEN) {
      logger.warn("A {} of swarm {} is not published: {}.", type, swarm, reception);
      logged.accept(false);
    }
  }

  private final class Logged implements Proposal.Listener {

    private final String type;
    private final Consumer<Boolean> logged;

    Logged(String type, Consumer<Boolean> logged) {
      this.type = type;
      this.logged = logged;
    }

    @Override
    public void settled(Outcome outcome, Durability durability) {
      boolean appended = outcome instanceof Outcome.Appended;
      if (!appended) {
        logger.warn("A {} of swarm {} is not published: {}.", type, swarm, outcome);
      }
      logged.accept(appended);
    }

    @Override
    public void abandoned() {
      logger.warn("A {} of swarm {} is not published: the shard stops.", type, swarm);
      logged.accept(false);
    }
  }
}
