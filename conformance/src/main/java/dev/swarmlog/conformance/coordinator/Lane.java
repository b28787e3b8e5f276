package dev.swarmlog.conformance.coordinator;

import dev.swarmlog.v1.Ack;
import dev.swarmlog.v1.Attach;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.Delivery;
import dev.swarmlog.v1.DigestReport;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import io.grpc.StatusRuntimeException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A Data stream as the coordinator sees it. Its state belongs to the scene's lock; sending does
 * not.
 */
public final class Lane {
  private final Session session;
  private final Attach attach;
  private final Answers<DataResponse> answers;
  private final List<DataResponse> sent = new ArrayList<>();
  private final List<Ack> acks = new ArrayList<>();
  private final Deque<DigestReport> reports = new ArrayDeque<>();
  private long sentTo;
  private boolean ended;

  Lane(Session session, Attach attach, Answers<DataResponse> answers) {
    this.session = session;
    this.attach = attach;
    this.answers = answers;
    LogPlan plan = session.plan(attach.getLog());
    this.sentTo = plan == null ? 0 : plan.getStart().getOpId();
  }

  public Session session() {
    return session;
  }

  public Attach attach() {
    return attach;
  }

  public Log log() {
    return attach.getLog();
  }

  /** Sends a frame. */
  public void send(DataResponse frame) {
    sent.add(frame);
    if (frame.hasDelivery()) {
      sentTo = Math.max(sentTo, frame.getDelivery().getTo().getOpId());
    } else if (frame.hasCaughtUp()) {
      sentTo = Math.max(sentTo, frame.getCaughtUp().getPosition().getOpId());
    } else if (frame.hasSnapshot()) {
      sentTo = Math.max(sentTo, frame.getSnapshot().getPosition().getOpId());
    }
    answers.send(frame);
  }

  /** Ends the stream. */
  public void end(StatusRuntimeException status) {
    answers.end(status);
  }

  /** How far the log was handed out on this stream, or before it. */
  public long sentTo() {
    return sentTo;
  }

  /** The last delivery sent; null if there was none. */
  public @Nullable Delivery lastDelivery() {
    for (int i = sent.size() - 1; i >= 0; i--) {
      if (sent.get(i).hasDelivery()) {
        return sent.get(i).getDelivery();
      }
    }
    return null;
  }

  public List<DataResponse> sent() {
    return sent;
  }

  public List<Ack> acks() {
    return acks;
  }

  /** Answers to queries that were not taken yet. */
  public Deque<DigestReport> reports() {
    return reports;
  }

  /** Whether the agent ended the stream, or it broke. */
  public boolean isEnded() {
    return ended;
  }

  void ended() {
    ended = true;
    answers.ended();
  }
}
