package dev.swarmlog.server.contract;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.AllAgents;
import dev.swarmlog.v1.EveryRole;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.ProducerHello;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.PublishStreamRequest;
import dev.swarmlog.v1.Self;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.Topic;
import dev.swarmlog.v1.View;
import dev.swarmlog.v1.ViewScope;
import java.util.Arrays;

/** Requests as the tests mean them. */
final class Requests {

  static final Target ALL = Target.newBuilder().setAll(AllAgents.getDefaultInstance()).build();

  /** Every scope an agent may declare on the topics of {@code main}. */
  static final View MAIN =
      view(Topic.TOPIC_COMMANDS, Topic.TOPIC_RECONCILIATION, Topic.TOPIC_ALERTS);

  private Requests() {}

  static Target agent(String name) {
    return Target.newBuilder().setAgent(name).build();
  }

  static Target role(String name) {
    return Target.newBuilder().setRole(name).build();
  }

  /** An event on commands for everybody. */
  static PublishRecord event(String text) {
    return event(Topic.TOPIC_COMMANDS, ALL, text);
  }

  static PublishRecord event(Topic topic, Target target, String text) {
    return PublishRecord.newBuilder()
        .setTopic(topic)
        .setTarget(target)
        .setOperationClass(OperationClass.OPERATION_CLASS_EVENT)
        .setPayload(payload(text))
        .build();
  }

  /** A value of a key on commands for everybody. */
  static PublishRecord keyed(String key, String text) {
    return keyed(Topic.TOPIC_COMMANDS, ALL, key, text);
  }

  static PublishRecord keyed(Topic topic, Target target, String key, String text) {
    return PublishRecord.newBuilder()
        .setTopic(topic)
        .setTarget(target)
        .setOperationClass(OperationClass.OPERATION_CLASS_KEYED)
        .setKey(key)
        .setPayload(payload(text))
        .build();
  }

  static PublishRecord tombstone(String key) {
    return keyed(key, "").toBuilder().setTombstone(true).clearPayload().build();
  }

  static PublishRecord ephemeral(Target target, String text) {
    return PublishRecord.newBuilder()
        .setTopic(Topic.TOPIC_TELEMETRY)
        .setTarget(target)
        .setOperationClass(OperationClass.OPERATION_CLASS_EPHEMERAL)
        .setPayload(payload(text))
        .build();
  }

  static Payload payload(String text) {
    return Payload.newBuilder()
        .setType("test.v1.Text")
        .setContentType("text/plain")
        .setData(ByteString.copyFromUtf8(text))
        .build();
  }

  static PublishGroup group(long number, PublishRecord... records) {
    return PublishGroup.newBuilder()
        .setNumber(number)
        .addAllRecords(Arrays.asList(records))
        .build();
  }

  static PublishGroup withKey(String idempotencyKey, PublishRecord... records) {
    return group(0, records).toBuilder().setIdempotencyKey(idempotencyKey).build();
  }

  static PublishStreamRequest frame(PublishGroup group) {
    return PublishStreamRequest.newBuilder().setGroup(group).build();
  }

  static PublishStreamRequest producer(String swarm, String producerId, long epoch) {
    return producer(swarm, producerId, epoch, Log.LOG_MAIN);
  }

  static PublishStreamRequest producer(String swarm, String producerId, long epoch, Log log) {
    return PublishStreamRequest.newBuilder()
        .setHello(
            ProducerHello.newBuilder()
                .setSwarm(swarm)
                .setPublisher("publisher")
                .setProducerId(producerId)
                .setProducerEpoch(epoch)
                .setLog(log))
        .build();
  }

  /** All, self and roles of each topic. */
  static View view(Topic... topics) {
    View.Builder view = View.newBuilder();
    for (Topic topic : topics) {
      view.addScopes(ViewScope.newBuilder().setTopic(topic).setAll(AllAgents.getDefaultInstance()))
          .addScopes(ViewScope.newBuilder().setTopic(topic).setSelf(Self.getDefaultInstance()))
          .addScopes(
              ViewScope.newBuilder().setTopic(topic).setRoles(EveryRole.getDefaultInstance()));
    }
    return view.build();
  }
}
