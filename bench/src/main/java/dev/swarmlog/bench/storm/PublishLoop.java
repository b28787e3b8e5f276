package dev.swarmlog.bench.storm;

import com.google.protobuf.ByteString;
import dev.swarmlog.sdk.Payloads;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.ProducerHello;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.PublishServiceGrpc;
import dev.swarmlog.v1.PublishServiceGrpc.PublishServiceStub;
import dev.swarmlog.v1.PublishStreamRequest;
import dev.swarmlog.v1.PublishStreamResponse;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.Topic;
import io.grpc.Channel;
import io.grpc.stub.StreamObserver;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Publishes over a stream, not caring whether it is ready, and over the next one when it breaks;
 * what had no answer is not sent again. Thread-safe.
 */
final class PublishLoop {

  /** Whom the demands are for: the one that gave the work. */
  private static final String DISPATCHER = "dispatcher";

  private final PublishServiceStub stub;
  private final String swarm;
  private final String agent;
  private final PublishRecord demand;
  private @Nullable Stream stream;

  PublishLoop(Channel channel, String swarm, String agent, ByteString demand) {
    this.stub = PublishServiceGrpc.newStub(channel);
    this.swarm = swarm;
    this.agent = agent;
    this.demand =
        PublishRecord.newBuilder()
            .setTopic(Topic.TOPIC_COMMANDS)
            .setTarget(Target.newBuilder().setAgent(DISPATCHER))
            .setOperationClass(OperationClass.OPERATION_CLASS_EVENT)
            .setPayload(Payloads.bytes("demand", "text/plain", demand))
            .build();
  }

  void publish(BrokenAgent.Ending ending) {
    Stream current;
    synchronized (this) {
      if (stream == null || stream.broken()) {
        stream = new Stream();
        stream.open();
      }
      current = stream;
    }
    current.publish(ending);
  }

  /** One stream, with a producer of its own. */
  private final class Stream implements StreamObserver<PublishStreamResponse> {
    private final Queue<BrokenAgent.Ending> unanswered = new ArrayDeque<>();
    private @Nullable StreamObserver<PublishStreamRequest> requests;
    private boolean welcomed;
    private boolean broken;
    private long sent;

    synchronized void open() {
      requests = stub.publishStream(this);
      requests.onNext(
          PublishStreamRequest.newBuilder()
              .setHello(
                  ProducerHello.newBuilder()
                      .setSwarm(swarm)
                      .setPublisher(agent)
                      .setProducerId(UUID.randomUUID().toString())
                      .setLog(Log.LOG_MAIN))
              .build());
    }

    synchronized boolean broken() {
      return broken;
    }

    void publish(BrokenAgent.Ending ending) {
      synchronized (this) {
        if (!broken) {
          unanswered.add(ending);
          if (welcomed) {
            sendOne();
          }
          return;
        }
      }
      ending.ended(false);
    }

    private void sendOne() {
      if (requests != null) {
        requests.onNext(
            PublishStreamRequest.newBuilder()
                .setGroup(PublishGroup.newBuilder().setNumber(++sent).addRecords(demand))
                .build());
      }
    }

    @Override
    public void onNext(PublishStreamResponse frame) {
      BrokenAgent.Ending ending;
      synchronized (this) {
        if (frame.hasWelcome()) {
          welcomed = true;
          for (int i = 0; i < unanswered.size(); i++) {
            sendOne();
          }
          return;
        }
        if (frame.hasRefusal()) {
          // It is sent again under the same number; what is on its way behind it is refused too.
          sent = Math.min(sent, frame.getRefusal().getNumber() - 1);
        }
        ending = unanswered.poll();
      }
      if (ending != null) {
        ending.ended(frame.hasAck());
      }
    }

    @Override
    public void onError(Throwable refused) {
      broke();
    }

    @Override
    public void onCompleted() {
      broke();
    }

    private void broke() {
      Queue<BrokenAgent.Ending> left;
      synchronized (this) {
        broken = true;
        left = new ArrayDeque<>(unanswered);
        unanswered.clear();
      }
      left.forEach(ending -> ending.ended(false));
    }
  }
}
