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
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Publishes over a stream, not caring whether it is ready, and over the next one when it breaks;
 * what had no answer is not sent again, and given up after {@link RetryLoop#PATIENCE_MS}.
 * Thread-safe.
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

  /** A group without an answer. A class, as it is told apart by identity. */
  private static final class Asked {
    private final BrokenAgent.Ending ending;
    private final long atNs;

    Asked(BrokenAgent.Ending ending, long atNs) {
      this.ending = ending;
      this.atNs = atNs;
    }

    BrokenAgent.Ending ending() {
      return ending;
    }

    long atNs() {
      return atNs;
    }
  }

  /** One stream, with a producer of its own. */
  private final class Stream implements StreamObserver<PublishStreamResponse> {
    private final Queue<Asked> unanswered = new ArrayDeque<>();
    private final Queue<Asked> awaited = new ArrayDeque<>();
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
          Asked asked = new Asked(ending, System.nanoTime());
          unanswered.add(asked);
          awaited.add(asked);
          if (welcomed) {
            sendOne();
          }
          giveUp(asked.atNs() - TimeUnit.MILLISECONDS.toNanos(RetryLoop.PATIENCE_MS));
          return;
        }
      }
      ending.ended(false);
    }

    /** What was asked before that is not waited for any more; its answer may come still. */
    private void giveUp(long beforeNs) {
      for (Asked first = awaited.peek();
          first != null && first.atNs() - beforeNs < 0;
          first = awaited.peek()) {
        awaited.remove();
        first.ending().ended(false);
      }
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
      Asked answered;
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
        Asked next = unanswered.poll();
        if (next == null || next != awaited.peek()) {
          return;
        }
        answered = awaited.remove();
      }
      answered.ending().ended(frame.hasAck());
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
      Queue<Asked> left;
      synchronized (this) {
        broken = true;
        left = new ArrayDeque<>(awaited);
        awaited.clear();
        unanswered.clear();
      }
      left.forEach(asked -> asked.ending().ended(false));
    }
  }
}
