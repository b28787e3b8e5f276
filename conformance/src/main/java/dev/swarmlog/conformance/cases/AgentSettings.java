package dev.swarmlog.conformance.cases;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.swarmlog.conformance.log.Fold;
import dev.swarmlog.conformance.log.Notation;
import dev.swarmlog.conformance.log.SwarmLog;
import dev.swarmlog.conformance.v1.CursorStore;
import dev.swarmlog.conformance.v1.Handlers;
import dev.swarmlog.conformance.v1.StartAgent;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Scope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How the agent of a case is set up.
 *
 * @param view its scopes; by default commands and reconciliation, for all agents
 * @param roles it holds
 * @param handlers "operation" (default), "batch" or "transaction"
 * @param store "memory" (default) or "disk"
 * @param random the part of its range that each random number is, 0 by default; -1 for real ones
 * @param traced whether it records traces
 */
public record AgentSettings(
    @Nullable List<String> view,
    @Nullable List<String> roles,
    @Nullable String handlers,
    @Nullable String store,
    @JsonProperty("random") @Nullable Double random,
    boolean traced) {

  static AgentSettings standard() {
    return new AgentSettings(null, null, null, null, null, false);
  }

  /** The same with another view or other roles. */
  AgentSettings changed(@Nullable List<String> newView, @Nullable List<String> newRoles) {
    return new AgentSettings(
        newView == null ? view : newView,
        newRoles == null ? roles : newRoles,
        handlers,
        store,
        random,
        traced);
  }

  List<String> viewOrDefault() {
    return view == null ? List.of("commands", "reconciliation") : view;
  }

  List<String> rolesOrNone() {
    return roles == null ? List.of() : roles;
  }

  /** Whether its cursor outlives the process. */
  boolean isDurable() {
    return "disk".equals(store) || isTransactional();
  }

  boolean isTransactional() {
    return "transaction".equals(handlers);
  }

  /** The scopes of the view in a log, ascending. */
  List<Scope> scopes(Log log) {
    List<Scope> scopes = new ArrayList<>();
    for (String text : viewOrDefault()) {
      if (text.endsWith("@roles")) {
        String topic = text.substring(0, text.indexOf('@'));
        rolesOrNone().forEach(role -> scopes.add(Notation.scope(topic + "@" + role)));
      } else {
        scopes.add(Notation.scope(text));
      }
    }
    return scopes.stream()
        .filter(scope -> SwarmLog.of(scope.getTopic()) == log)
        .distinct()
        .sorted(Fold.SCOPES)
        .toList();
  }

  /** The logs of the view that have positions, main before control. */
  List<Log> logs() {
    return List.of(Log.LOG_MAIN, Log.LOG_CONTROL).stream()
        .filter(log -> !scopes(log).isEmpty())
        .toList();
  }

  StartAgent.Builder start(int number, int port, Path directory) {
    StartAgent.Builder start =
        StartAgent.newBuilder()
            .setAgent(number)
            .setTarget("127.0.0.1:" + port)
            .setSwarm(Stage.SWARM)
            .setName(Notation.AGENT)
            .addAllRoles(rolesOrNone())
            .setView(Notation.view(viewOrDefault()))
            .setDirectory(directory.toString())
            .setHandlers(
                Handlers.valueOf(
                    "HANDLERS_"
                        + (handlers == null ? "operation" : handlers).toUpperCase(Locale.ROOT)))
            .setTraced(traced);
    if ("disk".equals(store)) {
      start.setCursorStore(CursorStore.CURSOR_STORE_DISK);
    }
    double fraction = random == null ? 0 : random;
    return fraction < 0 ? start : start.setRandomFraction(fraction);
  }
}
