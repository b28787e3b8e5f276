package dev.swarmlog.bench;

import com.google.protobuf.ByteString;
import dev.swarmlog.sdk.Payloads;
import dev.swarmlog.sdk.Publication;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.Topic;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * What is published to many swarms: events and keyed operations in turns, with payloads that do not
 * compress. Keys are set over and over, so that most of what was ever written of them is
 * superseded. A swarm belongs to one thread at a time.
 */
final class MixedOperations {

  private static final int KEYS = 100_000;
  private static final int MIN_KEYS_PER_SWARM = 10;
  private static final int NOISE_BYTES = 1 << 24;
  private static final long SEED = 9;

  private final byte[] noise = new byte[NOISE_BYTES];
  private final int keysPerSwarm;
  private final int payloadBytes;

  /** What has been published to each swarm. */
  private final long[] published;

  MixedOperations(int swarms, int payloadBytes) {
    this.keysPerSwarm = Math.max(MIN_KEYS_PER_SWARM, KEYS / swarms);
    this.payloadBytes = payloadBytes;
    this.published = new long[swarms];
    new Random(SEED).nextBytes(noise);
  }

  static String swarm(int number) {
    return "swarm-" + number;
  }

  /** The next operations of a swarm. */
  List<Publication> group(int swarm, int operations) {
    List<Publication> group = new ArrayList<>(operations);
    for (int i = 0; i < operations; i++) {
      group.add(next(swarm, published[swarm]++));
    }
    return group;
  }

  private Publication next(int swarm, long number) {
    int at = (int) ((number * 7919 + swarm * 104_729L) % (NOISE_BYTES - payloadBytes));
    Payload payload =
        Payloads.bytes(
            "bench", "application/octet-stream", ByteString.copyFrom(noise, at, payloadBytes));
    return number % 2 == 0
        ? Publication.event(Topic.TOPIC_COMMANDS, Targets.all(), payload)
        : Publication.keyed(
            Topic.TOPIC_COMMANDS, Targets.all(), "key-" + number / 2 % keysPerSwarm, payload);
  }
}
