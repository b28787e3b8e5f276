package dev.swarmlog.bench;

import com.google.protobuf.ByteString;
import dev.swarmlog.sdk.Payloads;
import dev.swarmlog.sdk.Publication;
import dev.swarmlog.sdk.SwarmClient;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Topic;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Fills a swarm: every key once, and later operations that go round the keys with new values. Used
 * by one thread.
 */
final class Absence implements AutoCloseable {

  private static final String TYPE = "bench";
  private static final String CONTENT_TYPE = "application/octet-stream";

  private final SwarmClient client;
  private final PipelinedPublisher publisher;
  private final String swarm;
  private final int keys;
  private final byte[] value;
  private final Random random;
  private long published;

  /** Creates the swarm and gives every key its first value. */
  Absence(String target, String swarm, int keys, int payloadBytes) {
    this.client = SwarmClient.connect(target);
    this.swarm = swarm;
    this.keys = keys;
    this.value = new byte[payloadBytes];
    this.random = new Random(swarm.hashCode());
    client.createSwarm(swarm);
    this.publisher = new PipelinedPublisher(target, swarm);
    publish(keys);
  }

  /** Head of the main log. */
  Position head() {
    return client.getSwarm(swarm).getSwarm().getMainHead();
  }

  /** Publishes that many operations, and waits until all are durable. */
  void publish(int operations) {
    publisher.publish(Stream.generate(this::next).limit(operations).iterator());
  }

  private Publication next() {
    random.nextBytes(value);
    Payload payload = Payloads.bytes(TYPE, CONTENT_TYPE, ByteString.copyFrom(value));
    String key = "key-" + published++ % keys;
    return Publication.keyed(Topic.TOPIC_COMMANDS, Targets.all(), key, payload);
  }

  @Override
  public void close() {
    publisher.close();
    client.close();
  }
}
