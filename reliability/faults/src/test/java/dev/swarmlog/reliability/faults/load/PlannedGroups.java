package dev.swarmlog.reliability.faults.load;

import com.google.protobuf.ByteString;
import dev.swarmlog.sdk.Payloads;
import dev.swarmlog.sdk.Publication;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.Topic;
import java.util.List;
import java.util.Random;

/**
 * What a producer publishes: a pure function of seed and number, so that a group can be sent again
 * as it was, and compared with what the log holds, without being kept.
 *
 * @param seed of this producer
 * @param agent an agent to which some operations are addressed
 */
record PlannedGroups(long seed, String producer, Log log, String agent) {
  private static final int MAX_RECORDS = 5;
  private static final int KEYS = 24;
  private static final int LARGE_BYTES = 6_000;
  private static final List<Topic> MAIN_TOPICS =
      List.of(Topic.TOPIC_COMMANDS, Topic.TOPIC_RECONCILIATION);

  PublishGroup group(long number) {
    Random random = new Random(seed * 31 + number);
    PublishGroup.Builder group = PublishGroup.newBuilder().setNumber(number);
    int size = 1 + random.nextInt(MAX_RECORDS);
    for (int i = 0; i < size; i++) {
      group.addRecords(record(number, i, random));
    }
    return group.build();
  }

  private PublishRecord record(long number, int index, Random random) {
    Topic topic =
        log == Log.LOG_CONTROL
            ? Topic.TOPIC_CONTROL
            : MAIN_TOPICS.get(random.nextInt(MAIN_TOPICS.size()));
    Target target = random.nextInt(5) == 0 ? Targets.agent(agent) : Targets.all();
    int dice = random.nextInt(10);
    String key = "key-" + random.nextInt(KEYS);
    if (dice == 0) {
      return Publication.delete(topic, target, key).record();
    }
    // Some values are large enough for a file of their own in the store.
    int bytes = random.nextInt(40) == 0 ? LARGE_BYTES : random.nextInt(400);
    byte[] filling = new byte[bytes];
    random.nextBytes(filling);
    var payload =
        Payloads.bytes(
            "load",
            "application/octet-stream",
            ByteString.copyFromUtf8("%s %d.%d ".formatted(producer, number, index))
                .concat(ByteString.copyFrom(filling)));
    return (dice < 6
            ? Publication.event(topic, target, payload)
            : Publication.keyed(topic, target, key, payload))
        .record();
  }
}
