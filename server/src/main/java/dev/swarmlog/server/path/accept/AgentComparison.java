package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.path.drift.DriftWatch;
import dev.swarmlog.server.path.drift.LocatedListener;
import dev.swarmlog.v1.AgentDifference;
import dev.swarmlog.v1.CompareAgentsRequest;
import dev.swarmlog.v1.CompareAgentsResponse;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Position;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Asks agents one after the other what they hold. One callback at a time. */
final class AgentComparison {

  private final Sessions sessions;
  private final CompareAgentsRequest request;
  private final Responder<CompareAgentsResponse> responder;
  private final CompareAgentsResponse.Builder response = CompareAgentsResponse.newBuilder();

  AgentComparison(
      Sessions sessions, CompareAgentsRequest request, Responder<CompareAgentsResponse> responder) {
    this.sessions = sessions;
    this.request = request;
    this.responder = responder;
  }

  /** Asks the next agent, or answers. */
  void next() {
    int asked = response.getPositionsCount();
    if (responder.ended()) {
      return;
    }
    if (asked == request.getAgentsCount()) {
      responder.send(response.build());
      responder.complete();
      return;
    }
    String agent = request.getAgents(asked);
    AgentSession session = sessions.ofAgent(request.getSwarm(), agent);
    DriftWatch watch = session == null ? null : session.watch(request.getLog());
    if (watch == null) {
      responder.refuse(unavailable(agent, session));
      return;
    }
    watch.locate(
        new LocatedListener() {
          @Override
          public void located(
              Position at, List<AgentDifference> differences, boolean cut, boolean unknown) {
            response.addPositions(at).addAllDifferences(differences);
            response.setCut(response.getCut() || cut);
            if (unknown) {
              response.addUnknownAgents(agent);
            }
            next();
          }

          @Override
          public void unavailable() {
            responder.refuse(
                Refusal.of(
                    ErrorReason.ERROR_REASON_AGENT_NOT_CONNECTED,
                    "Expected agent '%s' to be connected and at rest, but it left, or is being mended."
                        .formatted(agent)));
          }
        });
  }

  private static Refusal unavailable(String agent, @Nullable AgentSession session) {
    return Refusal.of(
        ErrorReason.ERROR_REASON_AGENT_NOT_CONNECTED,
        session == null
            ? "Expected agent '%s' to be connected, but it is not.".formatted(agent)
            : "Expected agent '%s' to report digests of that log, but it does not: it sees nothing of it, or its SDK cannot."
                .formatted(agent));
  }
}
