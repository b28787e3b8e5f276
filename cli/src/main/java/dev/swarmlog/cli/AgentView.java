package dev.swarmlog.cli;

import dev.swarmlog.v1.AllAgents;
import dev.swarmlog.v1.EveryRole;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Self;
import dev.swarmlog.v1.Topic;
import dev.swarmlog.v1.View;
import dev.swarmlog.v1.ViewScope;
import java.util.Collection;
import java.util.List;

/** What an agent sees of a log, as a reader in its place has to ask for it. */
final class AgentView {

  private AgentView() {}

  /**
   * Just these scopes.
   *
   * @param scopes those of a connected agent, which are for everybody, for it, or for its roles
   */
  static View of(Collection<Scope> scopes) {
    return View.newBuilder()
        .addAllScopes(scopes.stream().map(AgentView::symbolic).distinct().toList())
        .build();
  }

  /** Everything of these topics that can be for an agent. */
  static View of(Collection<Topic> topics, boolean hasRoles) {
    View.Builder view = View.newBuilder();
    for (Topic topic : topics) {
      ViewScope.Builder scope = ViewScope.newBuilder().setTopic(topic);
      view.addScopes(scope.setAll(AllAgents.getDefaultInstance()));
      view.addScopes(scope.setSelf(Self.getDefaultInstance()));
      if (hasRoles) {
        view.addScopes(scope.setRoles(EveryRole.getDefaultInstance()));
      }
    }
    return view.build();
  }

  /** The topics of these scopes; of none all of the log, as what is seen is not known then. */
  static List<Topic> topics(Log log, Collection<Scope> scopes) {
    if (!scopes.isEmpty()) {
      return scopes.stream().map(Scope::getTopic).distinct().toList();
    }
    return log == Log.LOG_CONTROL
        ? List.of(Topic.TOPIC_CONTROL)
        : List.of(Topic.TOPIC_COMMANDS, Topic.TOPIC_RECONCILIATION, Topic.TOPIC_ALERTS);
  }

  private static ViewScope symbolic(Scope scope) {
    ViewScope.Builder symbolic = ViewScope.newBuilder().setTopic(scope.getTopic());
    return switch (scope.getTarget().getTargetCase()) {
      case AGENT -> symbolic.setSelf(Self.getDefaultInstance()).build();
      case ROLE -> symbolic.setRoles(EveryRole.getDefaultInstance()).build();
      case ALL, TARGET_NOT_SET -> symbolic.setAll(AllAgents.getDefaultInstance()).build();
    };
  }
}
