package dev.swarmlog.server.path.admit;

import dev.swarmlog.v1.AllAgents;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.View;
import dev.swarmlog.v1.ViewScope;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** Turns a view as an agent declares it, symbolically, into the scopes it stands for, by log. */
final class Views {

  private static final Target ALL =
      Target.newBuilder().setAll(AllAgents.getDefaultInstance()).build();

  private Views() {}

  /** The scopes of a view for one agent and its roles. Logs without a scope are absent. */
  static Map<Log, dev.swarmlog.storage.View> resolve(
      View view, String agent, Collection<String> roles) {
    Map<Log, Set<Scope>> scopes = new EnumMap<>(Log.class);
    for (ViewScope declared : view.getScopesList()) {
      Set<Scope> ofLog =
          scopes.computeIfAbsent(Topics.logOf(declared.getTopic()), log -> new LinkedHashSet<>());
      switch (declared.getAudienceCase()) {
        case ALL -> ofLog.add(scope(declared, ALL));
        case SELF -> ofLog.add(scope(declared, Target.newBuilder().setAgent(agent).build()));
        case ROLES ->
            roles.forEach(
                role -> ofLog.add(scope(declared, Target.newBuilder().setRole(role).build())));
        case AUDIENCE_NOT_SET -> throw new IllegalArgumentException("Expected a checked view");
      }
    }
    Map<Log, dev.swarmlog.storage.View> views = new EnumMap<>(Log.class);
    scopes.forEach((log, set) -> views.put(log, dev.swarmlog.storage.View.of(set)));
    return views;
  }

  private static Scope scope(ViewScope declared, Target target) {
    return Scope.newBuilder().setTopic(declared.getTopic()).setTarget(target).build();
  }
}
