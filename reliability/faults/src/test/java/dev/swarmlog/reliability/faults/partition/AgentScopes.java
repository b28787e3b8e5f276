package dev.swarmlog.reliability.faults.partition;

import static dev.swarmlog.v1.Topic.TOPIC_ALERTS;
import static dev.swarmlog.v1.Topic.TOPIC_COMMANDS;
import static dev.swarmlog.v1.Topic.TOPIC_CONTROL;
import static dev.swarmlog.v1.Topic.TOPIC_RECONCILIATION;

import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.AllAgents;
import dev.swarmlog.v1.EveryRole;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Self;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.Topic;
import dev.swarmlog.v1.View;
import dev.swarmlog.v1.ViewScope;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Which scopes an agent sees: as it declares them, and what they come to.
 *
 * @param roles the agent's
 */
record AgentScopes(String agent, List<String> roles, View declared, Set<Scope> resolved) {
  static final List<String> ROLES = List.of("scout", "miner", "medic");
  static final List<Topic> MAIN_TOPICS =
      List.of(TOPIC_COMMANDS, TOPIC_RECONCILIATION, TOPIC_ALERTS);
  static final List<Topic> TOPICS =
      List.of(TOPIC_COMMANDS, TOPIC_RECONCILIATION, TOPIC_ALERTS, TOPIC_CONTROL);

  /**
   * A view of an agent's own: commands for all and the control log, as everybody has them, and of
   * the other topics some of what is for all, for itself and for its roles.
   */
  static AgentScopes draw(String agent, Random random) {
    List<String> roles = List.of(ROLES.get(random.nextInt(ROLES.size())));
    View.Builder view = View.newBuilder();
    Set<Scope> resolved = new HashSet<>();
    for (Topic topic : TOPICS) {
      boolean always = topic == TOPIC_CONTROL || topic == TOPIC_COMMANDS;
      if (always || random.nextBoolean()) {
        view.addScopes(
            ViewScope.newBuilder().setTopic(topic).setAll(AllAgents.getDefaultInstance()));
        resolved.add(scope(topic, Targets.all()));
      }
      if (random.nextBoolean()) {
        view.addScopes(ViewScope.newBuilder().setTopic(topic).setSelf(Self.getDefaultInstance()));
        resolved.add(scope(topic, Targets.agent(agent)));
      }
      if (random.nextBoolean()) {
        view.addScopes(
            ViewScope.newBuilder().setTopic(topic).setRoles(EveryRole.getDefaultInstance()));
        roles.forEach(role -> resolved.add(scope(topic, Targets.role(role))));
      }
    }
    return new AgentScopes(agent, roles, view.build(), resolved);
  }

  static Scope scope(Topic topic, Target target) {
    return Scope.newBuilder().setTopic(topic).setTarget(target).build();
  }

  static Log logOf(Topic topic) {
    return topic == TOPIC_CONTROL ? Log.LOG_CONTROL : Log.LOG_MAIN;
  }

  @Override
  public String toString() {
    return resolved.size() + " scopes";
  }
}
