package dev.swarmlog.cli;

import dev.swarmlog.v1.AllAgents;
import dev.swarmlog.v1.EveryRole;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Self;
import dev.swarmlog.v1.Topic;
import dev.swarmlog.v1.View;
import dev.swarmlog.v1.ViewScope;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The flags that say whose view of a log is meant. */
final class ViewOptions {

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--agent",
      paramLabel = "NAME",
      converter = NameText.class,
      description = "See what is for this agent by name, too.")
  private @Nullable String agent;

  @Option(
      names = "--role",
      paramLabel = "ROLE",
      split = ",",
      converter = NameText.class,
      description = "See what is for this role, too.")
  private List<String> roles = new ArrayList<>();

  @Option(
      names = "--topic",
      paramLabel = "TOPIC",
      split = ",",
      converter = TopicText.class,
      completionCandidates = TopicText.class,
      description = "Only these topics, of one log (default: commands, reconciliation and alerts).")
  private List<Topic> topics = new ArrayList<>();

  /** Whether any of the flags was used. */
  boolean isGiven() {
    return agent != null || !roles.isEmpty() || !topics.isEmpty();
  }

  /** The agent as which the coordinator is asked. */
  String agent() {
    return agent == null ? "swarmlog-cli" : agent;
  }

  List<String> roles() {
    return roles;
  }

  /** The log the topics lie in; {@code otherwise} if none was asked for. */
  Log log(Log otherwise) {
    if (topics.isEmpty()) {
      return otherwise;
    }
    Log log;
    try {
      log = TopicText.oneLog(topics);
    } catch (IllegalArgumentException e) {
      throw usage(String.valueOf(e.getMessage()));
    }
    if (log == Log.LOG_TELEMETRY) {
      throw usage(
          "Expected topics that have a delta, but telemetry has none. Use `swarmlog tail`.");
    }
    return log;
  }

  /** What is for everybody, and for the agent and roles that were named. */
  View view(Log log) {
    View.Builder view = View.newBuilder();
    for (Topic topic : topics.isEmpty() ? all(log) : topics) {
      view.addScopes(ViewScope.newBuilder().setTopic(topic).setAll(AllAgents.getDefaultInstance()));
      if (agent != null) {
        view.addScopes(ViewScope.newBuilder().setTopic(topic).setSelf(Self.getDefaultInstance()));
      }
      if (!roles.isEmpty()) {
        view.addScopes(
            ViewScope.newBuilder().setTopic(topic).setRoles(EveryRole.getDefaultInstance()));
      }
    }
    return view.build();
  }

  private static List<Topic> all(Log log) {
    return log == Log.LOG_CONTROL
        ? List.of(Topic.TOPIC_CONTROL)
        : List.of(Topic.TOPIC_COMMANDS, Topic.TOPIC_RECONCILIATION, Topic.TOPIC_ALERTS);
  }

  private ParameterException usage(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
