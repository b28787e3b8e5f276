package dev.swarmlog.reliability.simulation;

import dev.swarmlog.sdk.Payloads;
import dev.swarmlog.sdk.Publication;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.Topic;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** What publishers publish, drawn. */
final class Publications {

  private static final int KEYS = 4;
  private static final int MAX_PADDING = 300;

  private Publications() {}

  /** A group of one to three operations of one log. */
  static List<Publication> group(SplittableRandom random, List<String> names, long unixNs) {
    boolean control = random.nextInt(6) == 0;
    List<Publication> group = new ArrayList<>();
    for (String name : names) {
      group.add(one(random, name, control, unixNs));
    }
    return group;
  }

  /** How large the next group is. */
  static int groupSize(SplittableRandom random) {
    int draw = random.nextInt(10);
    return draw < 8 ? 1 : draw - 6;
  }

  private static Publication one(
      SplittableRandom random, String name, boolean control, long unixNs) {
    Topic topic =
        control
            ? Topic.TOPIC_CONTROL
            : random.nextInt(3) == 0 ? Topic.TOPIC_ALERTS : Topic.TOPIC_COMMANDS;
    Target target = target(random);
    String key = "k" + random.nextInt(KEYS);
    int draw = random.nextInt(100);
    if (draw < 12) {
      return Publication.delete(topic, target, key);
    }
    Payload payload = Payloads.text("sim.Text", name + "*".repeat(random.nextInt(MAX_PADDING)));
    Publication publication =
        draw < 65
            ? Publication.keyed(topic, target, key, valueOf(random, payload))
            : Publication.event(topic, target, payload);
    if (random.nextInt(10) == 0) {
      long expiresNs = unixNs + (1 + random.nextInt(20)) * 1_000_000_000L;
      return publication.expiringAt(
          Instant.ofEpochSecond(expiresNs / 1_000_000_000L, expiresNs % 1_000_000_000L));
    }
    return publication;
  }

  /** Few values, so that keys come back to one they had. */
  private static Payload valueOf(SplittableRandom random, Payload fresh) {
    return random.nextBoolean() ? fresh : Payloads.text("sim.Text", "value " + random.nextInt(2));
  }

  private static Target target(SplittableRandom random) {
    return switch (random.nextInt(4)) {
      case 0 -> Targets.agent("a" + (1 + random.nextInt(3)));
      case 1 -> Targets.role("scout");
      default -> Targets.all();
    };
  }

  /** What it is, for the story. */
  static String describe(Publication publication) {
    String what =
        publication.record().getKey().isEmpty()
            ? "an event"
            : (publication.record().getTombstone() ? "deletion of " : "")
                + publication.record().getKey();
    Target target = publication.record().getTarget();
    return switch (target.getTargetCase()) {
      case AGENT -> what + " for " + target.getAgent();
      case ROLE -> what + " for role " + target.getRole();
      case ALL, TARGET_NOT_SET -> what;
    };
  }
}
