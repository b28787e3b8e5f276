package dev.swarmlog.server;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.Ack;
import dev.swarmlog.v1.AllAgents;
import dev.swarmlog.v1.Attach;
import dev.swarmlog.v1.ControlRequest;
import dev.swarmlog.v1.ControlResponse;
import dev.swarmlog.v1.DataRequest;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.ObservationServiceGrpc;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.ProducerHello;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.PublishRequest;
import dev.swarmlog.v1.PublishServiceGrpc;
import dev.swarmlog.v1.PublishStreamRequest;
import dev.swarmlog.v1.PublishStreamResponse;
import dev.swarmlog.v1.SessionServiceGrpc;
import dev.swarmlog.v1.TailRequest;
import dev.swarmlog.v1.TailResponse;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.TelemetryHello;
import dev.swarmlog.v1.TelemetryRequest;
import dev.swarmlog.v1.Topic;
import dev.swarmlog.v1.View;
import dev.swarmlog.v1.ViewScope;
import io.grpc.Channel;
import io.grpc.stub.StreamObserver;
import java.util.List;

/** Frames as a client would write them by hand. */
final class Wire {

  private Wire() {}

  /** An event for all agents, on {@code commands}. */
  static PublishRecord event(String text) {
    return event(ByteString.copyFromUtf8(text));
  }

  static PublishRecord event(ByteString data) {
    return PublishRecord.newBuilder()
        .setTopic(Topic.TOPIC_COMMANDS)
        .setTarget(Target.newBuilder().setAll(AllAgents.getDefaultInstance()))
        .setOperationClass(OperationClass.OPERATION_CLASS_EVENT)
        .setPayload(Payload.newBuilder().setType("test").setData(data))
        .build();
  }

  static PublishRequest publish(String swarm, PublishRecord... records) {
    return PublishRequest.newBuilder()
        .setSwarm(swarm)
        .setPublisher("tester")
        .setGroup(PublishGroup.newBuilder().addAllRecords(List.of(records)))
        .build();
  }

  static PublishStreamRequest producer(String swarm, String producer) {
    return PublishStreamRequest.newBuilder()
        .setHello(
            ProducerHello.newBuilder()
                .setSwarm(swarm)
                .setPublisher("tester")
                .setProducerId(producer)
                .setLog(Log.LOG_MAIN))
        .build();
  }

  static PublishStreamRequest group(long number, PublishRecord... records) {
    return PublishStreamRequest.newBuilder()
        .setGroup(PublishGroup.newBuilder().setNumber(number).addAllRecords(List.of(records)))
        .build();
  }

  static TelemetryRequest telemetry(String swarm) {
    return TelemetryRequest.newBuilder()
        .setHello(TelemetryHello.newBuilder().setSwarm(swarm).setPublisher("tester"))
        .build();
  }

  /** A Hello that wants commands for all, without a position. */
  static Hello.Builder hello(String swarm, String agent, String instance) {
    return Hello.newBuilder()
        .setProtocolMin(1)
        .setProtocolMax(1)
        .setSwarm(swarm)
        .setAgent(agent)
        .setInstance(instance)
        .setView(
            View.newBuilder()
                .addScopes(
                    ViewScope.newBuilder()
                        .setTopic(Topic.TOPIC_COMMANDS)
                        .setAll(AllAgents.getDefaultInstance())));
  }

  static ControlRequest frame(Hello.Builder hello) {
    return ControlRequest.newBuilder().setHello(hello).build();
  }

  static DataRequest attach(String sessionId) {
    return DataRequest.newBuilder()
        .setAttach(Attach.newBuilder().setSessionId(sessionId).setLog(Log.LOG_MAIN))
        .build();
  }

  static DataRequest ack(Position applied) {
    return DataRequest.newBuilder().setAck(Ack.newBuilder().setApplied(applied)).build();
  }

  static TestStream<ControlRequest, ControlResponse> control(Channel channel) {
    return TestStream.open(SessionServiceGrpc.newStub(channel)::control);
  }

  static TestStream<DataRequest, DataResponse> data(Channel channel) {
    return TestStream.open(SessionServiceGrpc.newStub(channel)::data);
  }

  /** Everything of a log from now on. */
  static TestStream<TailRequest, TailResponse> tail(Channel channel, String swarm, Log log) {
    TailRequest request = TailRequest.newBuilder().setSwarm(swarm).setLog(log).build();
    return TestStream.open(
        responses -> {
          ObservationServiceGrpc.newStub(channel).tail(request, responses);
          return new StreamObserver<>() {
            @Override
            public void onNext(TailRequest value) {
              throw new UnsupportedOperationException("Expected one request only");
            }

            @Override
            public void onError(Throwable t) {}

            @Override
            public void onCompleted() {}
          };
        });
  }

  static TestStream<PublishStreamRequest, PublishStreamResponse> publishing(Channel channel) {
    return TestStream.open(PublishServiceGrpc.newStub(channel)::publishStream);
  }
}
