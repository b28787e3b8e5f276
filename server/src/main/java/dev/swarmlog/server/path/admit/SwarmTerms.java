package dev.swarmlog.server.path.admit;

import dev.swarmlog.v1.RateLimits;
import dev.swarmlog.v1.Topic;
import dev.swarmlog.v1.TopicRateLimit;
import java.util.EnumMap;
import java.util.Map;

/** The rate limits of a swarm as they are applied. Immutable. */
final class SwarmTerms {

  private final Terms swarm;
  private final Map<Topic, Terms> agent = new EnumMap<>(Topic.class);

  SwarmTerms(RateLimits limits) {
    this.swarm = Terms.of(limits.getSwarm());
    for (TopicRateLimit limit : limits.getAgentList()) {
      agent.put(limit.getTopic(), Terms.of(limit.getLimit()));
    }
  }

  /** Of all publishers together; of what is published to {@code control} there is none. */
  Terms swarm() {
    return swarm;
  }

  /** Of each publisher in a topic. Control is limited only where it is named. */
  Terms agent(Topic topic) {
    Terms others =
        topic == Topic.TOPIC_CONTROL
            ? Terms.NONE
            : agent.getOrDefault(Topic.TOPIC_UNSPECIFIED, Terms.NONE);
    return agent.getOrDefault(topic, others);
  }
}
