package dev.swarmlog.conformance.coordinator;

import dev.swarmlog.v1.ProducerHello;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishStreamResponse;
import io.grpc.StatusRuntimeException;
import java.util.ArrayDeque;
import java.util.Deque;

/** A PublishStream as the coordinator sees it. Its state belongs to the scene's lock. */
public final class Producer {
  private final ProducerHello hello;
  private final Answers<PublishStreamResponse> answers;
  private final Deque<PublishGroup> groups = new ArrayDeque<>();
  private boolean ended;

  Producer(ProducerHello hello, Answers<PublishStreamResponse> answers) {
    this.hello = hello;
    this.answers = answers;
  }

  public ProducerHello hello() {
    return hello;
  }

  /** What came and was not taken yet. */
  public Deque<PublishGroup> groups() {
    return groups;
  }

  public void send(PublishStreamResponse frame) {
    answers.send(frame);
  }

  public void end(StatusRuntimeException status) {
    answers.end(status);
  }

  public boolean isEnded() {
    return ended;
  }

  void ended() {
    ended = true;
    answers.ended();
  }
}
