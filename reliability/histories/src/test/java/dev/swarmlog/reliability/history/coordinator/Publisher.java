package dev.swarmlog.reliability.history.coordinator;

import dev.swarmlog.reliability.history.Answer;
import dev.swarmlog.reliability.history.Content;
import dev.swarmlog.reliability.history.Recorder;
import dev.swarmlog.reliability.history.Request;
import dev.swarmlog.reliability.history.RequestId;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.ProducerHello;
import dev.swarmlog.v1.PublishAck;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishRequest;
import dev.swarmlog.v1.PublishServiceGrpc;
import dev.swarmlog.v1.PublishStreamRequest;
import dev.swarmlog.v1.PublishStreamResponse;
import io.grpc.CallOptions;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.BlockingClientCall;
import io.grpc.stub.ClientCalls;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The publishing half of a client, noted in the history: a numbered stream that comes back to its
 * epoch and sends again what has no answer, and unary calls with and without idempotency keys. One
 * thread.
 */
final class Publisher {

  private static final String NAME = "publisher";
  private static final int MAX_RECORDS = 3;

  private final String client;
  private final String swarm;
  private final Random random;
  private final Recorder recorder;
  private final Connection connection;
  private final Reader reader;
  private final List<Request.Publish> unanswered = new ArrayList<>();
  private final List<Request.Publish> answered = new ArrayList<>();
  private @Nullable BlockingClientCall<PublishStreamRequest, PublishStreamResponse> stream;
  private long nextTag;
  private long epoch;
  private long lastNumber;

  Publisher(
      String client,
      String swarm,
      Random random,
      long firstTag,
      Recorder recorder,
      Connection connection,
      Reader reader) {
    this.client = client;
    this.swarm = swarm;
    this.random = random;
    this.nextTag = firstTag;
    this.recorder = recorder;
    this.connection = connection;
    this.reader = reader;
  }

  /** One group without any number. A retry would be another one. */
  void publish() {
    unary(new Request.Publish(Optional.empty(), records()));
  }

  /**
   * One group under a key that other clients use, too, for the same group, or, to be refused, for
   * another one.
   */
  void publishUnderSharedKey(int key, boolean another) {
    Content content =
        Content.keyed(
            Long.toString(10 + 2L * key + (another ? 1 : 0)),
            Contents.ALL_SCOPE,
            "shared",
            "v" + key + another);
    unary(new Request.Publish(Optional.of(RequestId.keyed("shared" + key)), List.of(content)));
  }

  /** Some new groups, and those without an answer, at once on the stream. */
  void publishNumbered(int count) throws InterruptedException {
    if (!open()) {
      return;
    }
    for (int i = 0; i < count; i++) {
      unanswered.add(
          new Request.Publish(
              Optional.of(RequestId.numbered(client, epoch, ++lastNumber)), records()));
    }
    exchange(List.copyOf(unanswered));
  }

  /** A group that was answered, again; or another one under its number. */
  void publishAgain(boolean another) throws InterruptedException {
    if (answered.isEmpty() || !open() || answered.isEmpty()) {
      return;
    }
    Request.Publish before = answered.get(random.nextInt(answered.size()));
    if (another) {
      String tag = Long.toString(nextTag++);
      before =
          new Request.Publish(
              before.id(), List.of(Content.keyed(tag, Contents.ALL_SCOPE, "another", tag)));
    }
    exchange(List.of(before));
  }

  private List<Content> records() {
    List<Content> records = new ArrayList<>();
    int count = 1 + random.nextInt(MAX_RECORDS);
    for (int i = 0; i < count; i++) {
      records.add(Contents.random(random, nextTag++));
    }
    return records;
  }

  private void unary(Request.Publish request) {
    Recorder.Begun call = recorder.begin(client, request);
    try {
      PublishAck ack =
          PublishServiceGrpc.newBlockingStub(connection.channel())
              .withDeadlineAfter(Connection.PATIENCE_SECONDS, TimeUnit.SECONDS)
              .publish(
                  PublishRequest.newBuilder()
                      .setSwarm(swarm)
                      .setPublisher(NAME)
                      .setGroup(group(request))
                      .build())
              .getAck();
      call.end(answer(ack));
    } catch (StatusRuntimeException e) {
      Optional<String> reason = Connection.reason(e);
      call.end(reason.map(Publisher::refusal).orElse(new Answer.Unknown()));
      if (reason.isEmpty()) {
        connection.drop();
      }
    }
  }

  private boolean open() throws InterruptedException {
    if (stream != null) {
      return true;
    }
    BlockingClientCall<PublishStreamRequest, PublishStreamResponse> call =
        ClientCalls.blockingBidiStreamingCall(
            connection.channel(), PublishServiceGrpc.getPublishStreamMethod(), CallOptions.DEFAULT);
    try {
      call.write(
          PublishStreamRequest.newBuilder()
              .setHello(
                  ProducerHello.newBuilder()
                      .setSwarm(swarm)
                      .setPublisher(NAME)
                      .setProducerId(client)
                      .setProducerEpoch(epoch)
                      .setLog(Log.LOG_MAIN))
              .build());
      epoch = next(call).getWelcome().getProducerEpoch();
      stream = call;
      return true;
    } catch (StatusException e) {
      if (Connection.reason(e).isPresent()) {
        // It knows nothing of this producer any more, which only a bug brings about.
        epoch = 0;
        lastNumber = 0;
        unanswered.clear();
        answered.clear();
      } else {
        connection.drop();
      }
      return false;
    }
  }

  private void exchange(List<Request.Publish> requests) throws InterruptedException {
    BlockingClientCall<PublishStreamRequest, PublishStreamResponse> call = stream;
    if (call == null) {
      return;
    }
    ArrayDeque<Recorder.Begun> begun = new ArrayDeque<>();
    ArrayDeque<Request.Publish> sent = new ArrayDeque<>();
    try {
      for (Request.Publish request : requests) {
        begun.add(recorder.begin(client, request));
        sent.add(request);
        call.write(PublishStreamRequest.newBuilder().setGroup(group(request)).build());
      }
      while (!sent.isEmpty()) {
        take(next(call), sent.remove(), begun.remove());
      }
    } catch (StatusException e) {
      begun.forEach(left -> left.end(new Answer.Unknown()));
      call.cancel("broken", null);
      stream = null;
      if (Connection.reason(e).isEmpty()) {
        connection.drop();
      }
    }
  }

  private void take(PublishStreamResponse response, Request.Publish request, Recorder.Begun call) {
    if (response.hasAck()) {
      call.end(answer(response.getAck()));
      if (unanswered.remove(request)) {
        answered.add(request);
      }
    } else {
      call.end(
          refusal(Connection.reason(response.getRefusal().getStatus()).orElse("without a reason")));
    }
  }

  private static PublishStreamResponse next(
      BlockingClientCall<PublishStreamRequest, PublishStreamResponse> call)
      throws StatusException, InterruptedException {
    try {
      PublishStreamResponse response = call.read(Connection.PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (response == null) {
        throw io.grpc.Status.UNAVAILABLE.withDescription("ended").asException();
      }
      return response;
    } catch (TimeoutException e) {
      throw io.grpc.Status.DEADLINE_EXCEEDED.withCause(e).asException();
    }
  }

  private Answer answer(PublishAck ack) {
    reader.learn(ack.getLast());
    return new Answer.Appended(
        ack.getFirstOpId(),
        ack.getLast().getOpId(),
        Contents.hex(ack.getLast().getRunningHash()),
        ack.getDuplicate());
  }

  /** What is refused has not been appended by this attempt; of what is too old nobody knows. */
  private static Answer refusal(String reason) {
    return reason.equals("REQUEST_TOO_OLD")
        ? new Answer.Unknown()
        : new Answer.Refused(reason.equals("REQUEST_CONFLICT"), reason);
  }

  private static PublishGroup group(Request.Publish request) {
    PublishGroup.Builder group = PublishGroup.newBuilder();
    request.records().forEach(record -> group.addRecords(Contents.record(record)));
    request
        .id()
        .ifPresent(
            id -> {
              if (id.number() > 0) {
                group.setNumber(id.number());
              } else {
                group.setIdempotencyKey(id.of());
              }
            });
    return group.build();
  }
}
