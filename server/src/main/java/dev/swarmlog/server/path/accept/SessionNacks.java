package dev.swarmlog.server.path.accept;

import com.google.protobuf.ByteString;
import com.google.rpc.Status;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.grpc.ErrorStatus;
import dev.swarmlog.server.path.admit.Admission;
import dev.swarmlog.server.path.batch.ShardWriter;
import dev.swarmlog.server.path.commit.Proposal;
import dev.swarmlog.server.path.fair.Flow;
import dev.swarmlog.storage.LogName;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.View;
import dev.swarmlog.storage.v1.Command;
import dev.swarmlog.storage.v1.RefuseOperation;
import dev.swarmlog.v1.BreakerCause;
import dev.swarmlog.v1.ControlResponse;
import dev.swarmlog.v1.Durability;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Nack;
import dev.swarmlog.v1.NackReply;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Topic;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The operations that an agent says it could not apply: each is proposed, and answered when what
 * becomes of it is durable.
 *
 * <p>At most {@code maxUnansweredNacks} wait for their answers, or for the agent to read these; the
 * next is refused at once, if the agent reads at all. Called from any thread.
 */
final class SessionNacks {

  private static final int MAX_MESSAGE_BYTES = 1_000;

  private final StreamContext context;
  private final AgentSession session;
  private final Responder<ControlResponse> responder;

  // Guarded by this. Answers that the agent has not read yet; unanswered counts them, too.
  private final ArrayDeque<NackReply> answers = new ArrayDeque<>();
  private int unanswered;
  private final Map<Log, Long> lastRefused = new EnumMap<>(Log.class);

  SessionNacks(StreamContext context, AgentSession session, Responder<ControlResponse> responder) {
    this.context = context;
    this.session = session;
    this.responder = responder;
  }

  void received(Nack nack) {
    synchronized (this) {
      if (unanswered >= context.limits().maxUnansweredNacks()) {
        responder.sendIfReady(frame(refused(nack, tooMany())));
        return;
      }
      unanswered++;
    }
    if (Long.compareUnsigned(nack.getRetryAfterMs(), TimeUnit.DAYS.toMillis(1)) > 0) {
      answer(
          refused(
              nack,
              Refusal.of(
                  ErrorReason.ERROR_REASON_INVALID_ARGUMENT,
                  "Expected retry_after_ms to be at most 86400000, a day, but got %s."
                      .formatted(Long.toUnsignedString(nack.getRetryAfterMs())))));
      return;
    }
    View view = session.view(nack.getLog());
    if (view == null || nack.getLog() == Log.LOG_TELEMETRY) {
      answer(
          refused(
              nack,
              Refusal.of(
                  ErrorReason.ERROR_REASON_INVALID_ARGUMENT,
                  "Expected log to be main or control, as far as the view holds it, but got %s."
                      .formatted(LogName.of(nack.getLog())))));
      return;
    }
    propose(nack, view);
  }

  /** The window has opened. */
  void flush() {
    while (responder.isReady()) {
      NackReply next;
      synchronized (this) {
        next = answers.pollFirst();
        if (next == null) {
          return;
        }
        unanswered--;
      }
      responder.send(frame(next));
    }
  }

  private void propose(Nack nack, View view) {
    Command command =
        Command.newBuilder()
            .setRefuseOperation(
                RefuseOperation.newBuilder()
                    .setSwarm(session.swarm())
                    .setAgent(session.agent())
                    .addAllRoles(session.roles())
                    .addAllTopics(topicsForItself(view))
                    .setLog(nack.getLog())
                    .setMaxAttempts(context.parking().attempts())
                    .setOpId(nack.getOpId())
                    .setStartOpId(session.startOpId(nack.getLog()))
                    .setReactionValue(nack.getReactionValue())
                    .setRetryAfterNs(TimeUnit.MILLISECONDS.toNanos(nack.getRetryAfterMs()))
                    .setStatus(kept(nack.getStatus())))
            .build();
    Proposal.Listener listener =
        new Proposal.Listener() {
          @Override
          public void settled(Outcome outcome, Durability durability) {
            answer(reply(nack, outcome));
          }

          @Override
          public void abandoned() {
            answer(refused(nack, Admission.shuttingDown()));
          }
        };
    ShardWriter.Reception reception =
        session
            .shard()
            .writer()
            .propose(
                new Proposal(
                    new Flow(session.swarm(), session.agent()),
                    command,
                    command.getSerializedSize(),
                    listener));
    if (reception != ShardWriter.Reception.TAKEN) {
      answer(refused(nack, Admission.notTaken(reception)));
    }
  }

  private NackReply reply(Nack nack, Outcome outcome) {
    if (!(outcome instanceof Outcome.OperationRefused settled)) {
      return refused(nack, Outcomes.refusal(outcome));
    }
    count(nack, settled);
    context.nacked(session.swarm(), settled.outcome());
    if (settled.outcome() == NackReply.Outcome.OUTCOME_PARKED) {
      context
          .parking()
          .parked(
              session.shard(),
              session.swarm(),
              session.agent(),
              nack.getLog(),
              settled.firstOpId(),
              settled.attempts(),
              kept(nack.getStatus()),
              settled.parkedCount());
    }
    if (settled.outcome() == NackReply.Outcome.OUTCOME_SKIPPED
        || settled.outcome() == NackReply.Outcome.OUTCOME_SUPERSEDED) {
      session.givenUp().add(nack.getLog(), settled.firstOpId(), nack.getStatus().getMessage());
    }
    return NackReply.newBuilder()
        .setLog(nack.getLog())
        .setOpId(nack.getOpId())
        .setOutcome(settled.outcome())
        .setAttempts(settled.attempts())
        .setRetryAtUnixNano(settled.retryAtUnixNs())
        .build();
  }

  /** For the agent's breaker. Nacks are answered in their order, on one thread. */
  private void count(Nack nack, Outcome.OperationRefused settled) {
    if (!noteRefused(nack)) {
      // It has its answer, or will get it in this session.
      context
          .breakers()
          .failed(session.swarm(), session.agent(), BreakerCause.BREAKER_CAUSE_RETRIES);
      return;
    }
    DataStream lane = session.lane(nack.getLog());
    if (lane != null) {
      boolean redelivery = settled.firstOpId() != nack.getOpId();
      lane.stoppedAt(nack.getOpId(), redelivery, nack.getAppliedBefore());
    }
    if (settled.isNews()) {
      context.breakers().failed(session.swarm(), session.agent(), BreakerCause.BREAKER_CAUSE_NACKS);
    }
  }

  /** Answers whether it is beyond what was refused in this session before. */
  private synchronized boolean noteRefused(Nack nack) {
    Long last = lastRefused.get(nack.getLog());
    if (last != null && Long.compareUnsigned(nack.getOpId(), last) <= 0) {
      return false;
    }
    lastRefused.put(nack.getLog(), nack.getOpId());
    return true;
  }

  private void answer(NackReply reply) {
    synchronized (this) {
      answers.addLast(reply);
    }
    flush();
  }

  private static NackReply refused(Nack nack, Refusal refusal) {
    return NackReply.newBuilder()
        .setLogValue(nack.getLogValue())
        .setOpId(nack.getOpId())
        .setOutcome(NackReply.Outcome.OUTCOME_REFUSED)
        .setStatus(ErrorStatus.of(refusal))
        .build();
  }

  private static ControlResponse frame(NackReply reply) {
    return ControlResponse.newBuilder().setNackReply(reply).build();
  }

  /** Where it can be given operations again. */
  private List<Topic> topicsForItself(View view) {
    return view.scopes().stream()
        .filter(scope -> scope.getTarget().getAgent().equals(session.agent()))
        .map(Scope::getTopic)
        .toList();
  }

  private Refusal tooMany() {
    return Refusal.of(
            ErrorReason.ERROR_REASON_OVERLOADED,
            "Expected at most %d Nacks of a session to wait for their answers, but there are as many."
                .formatted(context.limits().maxUnansweredNacks()))
        .withRetryAfter(Admission.RETRY_AFTER);
  }

  /** Code and message, which is cut between two characters. */
  static Status kept(Status status) {
    ByteString message = status.getMessageBytes();
    Status.Builder kept = Status.newBuilder().setCode(status.getCode());
    if (message.size() <= MAX_MESSAGE_BYTES) {
      return kept.setMessageBytes(message).build();
    }
    int end = MAX_MESSAGE_BYTES;
    while ((message.byteAt(end) & 0xc0) == 0x80) {
      end--;
    }
    return kept.setMessage(message.substring(0, end).toString(StandardCharsets.UTF_8)).build();
  }
}
