package dev.swarmlog.server.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.v1.ProducerWelcome;
import dev.swarmlog.v1.PublishAck;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.PublishStreamRequest;
import dev.swarmlog.v1.PublishStreamResponse;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.Topic;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A producer that pipelines, breaks its stream at any moment, comes back to its epoch and sends
 * again what has no answer. Runs on a thread of its own.
 */
final class RandomPublisher implements Runnable {

  private static final Topic[] TOPICS = {
    Topic.TOPIC_COMMANDS, Topic.TOPIC_RECONCILIATION, Topic.TOPIC_ALERTS
  };

  /**
   * A group and the answer to it.
   *
   * @param texts payloads of its records, unique in the whole test
   */
  record Acknowledged(List<String> texts, PublishAck ack) {}

  private final Coordinator coordinator;
  private final String swarm;
  private final String name;
  private final Random random;
  private final List<PublishGroup> groups = new ArrayList<>();
  private final List<Acknowledged> acknowledged = new ArrayList<>();
  private final Progress progress;
  private long epoch;

  RandomPublisher(
      Coordinator coordinator,
      String swarm,
      String name,
      Random random,
      int groupCount,
      Progress progress) {
    this.coordinator = coordinator;
    this.swarm = swarm;
    this.name = name;
    this.random = random;
    this.progress = progress;
    for (int number = 1; number <= groupCount; number++) {
      groups.add(randomGroup(number));
    }
  }

  /** After the run: every group with its answer, in order. */
  List<Acknowledged> acknowledged() {
    return acknowledged;
  }

  @Override
  public void run() {
    while (acknowledged.size() < groups.size()) {
      publishForAWhile();
    }
  }

  private void publishForAWhile() {
    StreamCall<PublishStreamRequest, PublishStreamResponse> call = coordinator.publishStream();
    call.send(Requests.producer(swarm, name, epoch));
    ProducerWelcome welcome = call.next().getWelcome();
    epoch = welcome.getProducerEpoch();
    assertThat(welcome.getNextNumber()).isGreaterThan(acknowledged.size());
    int first = acknowledged.size();
    int burst = Math.min(groups.size() - first, 1 + random.nextInt(30));
    for (int i = 0; i < burst; i++) {
      call.send(Requests.frame(groups.get(first + i)));
    }
    boolean breaks = random.nextInt(3) == 0;
    int answersRead = breaks ? random.nextInt(burst + 1) : burst;
    for (int i = 0; i < answersRead; i++) {
      receive(call.next(), groups.get(first + i));
    }
    call.cancel();
  }

  private void receive(PublishStreamResponse response, PublishGroup group) {
    assertThat(response.hasAck()).as("%s", response).isTrue();
    PublishAck ack = response.getAck();
    assertThat(ack.getNumber()).isEqualTo(group.getNumber());
    assertThat(ack.getLast().getOpId() - ack.getFirstOpId() + 1).isEqualTo(group.getRecordsCount());
    List<String> texts =
        group.getRecordsList().stream()
            .map(published -> published.getPayload().getData().toStringUtf8())
            .toList();
    acknowledged.add(new Acknowledged(texts, ack));
    progress.acknowledged();
  }

  private PublishGroup randomGroup(int number) {
    PublishRecord[] records = new PublishRecord[1 + random.nextInt(6)];
    for (int i = 0; i < records.length; i++) {
      Topic topic = TOPICS[random.nextInt(TOPICS.length)];
      String text = name + "/" + number + "/" + i + "/" + "x".repeat(random.nextInt(300));
      records[i] =
          random.nextBoolean()
              ? Requests.event(topic, randomTarget(), text)
              : Requests.keyed(topic, randomTarget(), "key" + random.nextInt(10), text);
    }
    return Requests.group(number, records);
  }

  private Target randomTarget() {
    return switch (random.nextInt(3)) {
      case 0 -> Requests.ALL;
      case 1 -> Requests.agent("agent" + random.nextInt(RandomAgent.NAMES));
      default -> Requests.role("role" + random.nextInt(RandomAgent.ROLES));
    };
  }
}
