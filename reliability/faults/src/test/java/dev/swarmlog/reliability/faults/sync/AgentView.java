package dev.swarmlog.reliability.faults.sync;

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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What an agent is started with: its roles, and which topics it sees for which audience. What is
 * for all in TOPIC_CONTROL belongs to every view, so that both logs do.
 *
 * @param parts such as {@code commands:roles}, at least one
 */
record AgentView(String agent, Set<String> roles, Set<String> parts) {
  static final List<String> ROLES = List.of("scout", "miner", "medic");
  static final List<Topic> MAIN_TOPICS =
      List.of(TOPIC_COMMANDS, TOPIC_RECONCILIATION, TOPIC_ALERTS);
  private static final List<String> PARTS = allParts();

  AgentView {
    roles = new TreeSet<>(roles);
    parts = new TreeSet<>(parts);
  }

  static AgentView random(String agent, Random random) {
    Set<String> roles = new TreeSet<>(Set.of(ROLES.get(random.nextInt(ROLES.size()))));
    Set<String> parts = new TreeSet<>();
    while (parts.size() < 6) {
      parts.add(PARTS.get(random.nextInt(PARTS.size())));
    }
    return new AgentView(agent, roles, parts);
  }

  /** The parts it had not, and none of those it had. */
  AgentView replaced() {
    Set<String> others = new TreeSet<>(PARTS);
    others.removeAll(parts);
    return others.isEmpty() ? this : new AgentView(agent, roles, others);
  }

  /** Another one: parts come or go, or a role does, or all parts are replaced by the others. */
  AgentView changed(Random random) {
    Set<String> otherRoles = new TreeSet<>(roles);
    Set<String> otherParts = new TreeSet<>(parts);
    switch (random.nextInt(8)) {
      case 0 -> {
        return replaced();
      }
      case 1, 2 -> flip(otherRoles, ROLES.get(random.nextInt(ROLES.size())));
      default -> {
        for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
          flip(otherParts, PARTS.get(random.nextInt(PARTS.size())));
        }
      }
    }
    return otherParts.isEmpty() ? this : new AgentView(agent, otherRoles, otherParts);
  }

  /** As it is declared. */
  View declared() {
    View.Builder view = View.newBuilder();
    view.addScopes(
        ViewScope.newBuilder().setTopic(TOPIC_CONTROL).setAll(AllAgents.getDefaultInstance()));
    for (String part : parts) {
      ViewScope.Builder scope = ViewScope.newBuilder().setTopic(topic(part));
      switch (audience(part)) {
        case "all" -> scope.setAll(AllAgents.getDefaultInstance());
        case "self" -> scope.setSelf(Self.getDefaultInstance());
        default -> scope.setRoles(EveryRole.getDefaultInstance());
      }
      view.addScopes(scope);
    }
    return view.build();
  }

  /** The scopes that it comes to in a log. */
  List<Scope> scopes(Log log) {
    List<Scope> scopes = new ArrayList<>();
    if (log == Log.LOG_CONTROL) {
      scopes.add(scope(TOPIC_CONTROL, Targets.all()));
      return scopes;
    }
    for (String part : parts) {
      switch (audience(part)) {
        case "all" -> scopes.add(scope(topic(part), Targets.all()));
        case "self" -> scopes.add(scope(topic(part), Targets.agent(agent)));
        default -> roles.forEach(role -> scopes.add(scope(topic(part), Targets.role(role))));
      }
    }
    return scopes;
  }

  /** As an argument of a process. */
  String text() {
    return agent + ";" + String.join(",", roles) + ";" + String.join(",", parts);
  }

  static AgentView parse(String text) {
    String[] fields = text.split(";", -1);
    return new AgentView(fields[0], words(fields[1]), words(fields[2]));
  }

  static Scope scope(Topic topic, Target target) {
    return Scope.newBuilder().setTopic(topic).setTarget(target).build();
  }

  private static Set<String> words(String text) {
    return Arrays.stream(text.split(",")).filter(w -> !w.isEmpty()).collect(Collectors.toSet());
  }

  private static void flip(Set<String> names, String name) {
    if (!names.remove(name)) {
      names.add(name);
    }
  }

  private static Topic topic(String part) {
    return Topic.valueOf(part.substring(0, part.indexOf(':')));
  }

  private static String audience(String part) {
    return part.substring(part.indexOf(':') + 1);
  }

  private static List<String> allParts() {
    List<String> parts = new ArrayList<>();
    for (Topic topic : MAIN_TOPICS) {
      for (String audience : List.of("all", "self", "roles")) {
        parts.add(topic.name() + ":" + audience);
      }
    }
    return parts;
  }
}
