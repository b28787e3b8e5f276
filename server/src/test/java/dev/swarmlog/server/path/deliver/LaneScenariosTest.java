package dev.swarmlog.server.path.deliver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.server.Limits;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.path.SteppedShard;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.Delivery;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.SnapshotPage;
import dev.swarmlog.v1.SyncReceipt;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs the scenarios in {@code scenarios/*.txt}: a line with {@code >} says what happens, the lines
 * after it what one agent's lane sends then. Every thread is stepped, so each run gives the same
 * lines.
 */
class LaneScenariosTest {

  private static final int PAYLOAD_BYTES = 100;

  /** Small enough that a few hundred bytes fall out of the tail and out of a delivery. */
  private static final Limits LIMITS =
      Limits.defaults()
          .with("maxDeliveryBytes", 400)
          .with("maxGroupRecords", 8)
          .with("maxUnacknowledgedOperations", 8);

  static Stream<Path> scenarios() throws IOException {
    try (Stream<Path> files =
        Files.list(Path.of("src/test/resources/dev/swarmlog/server/path/scenarios"))) {
      return files.sorted().toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void shouldSendWhatTheScenarioSays(Path file) throws IOException {
    String scenario = Files.readString(file, StandardCharsets.UTF_8);
    List<String> played = new ArrayList<>();
    Stage stage = new Stage();
    for (String line : scenario.lines().toList()) {
      if (line.startsWith("#") || line.isBlank()) {
        played.add(line);
      } else if (line.startsWith("> ")) {
        played.add(line);
        played.addAll(stage.play(line.substring(2).split(" ")));
      }
    }
    String result = String.join("\n", played) + "\n";
    if (Boolean.getBoolean("scenarios.rewrite")) {
      Files.writeString(file, result);
    }
    assertThat(result).isEqualTo(scenario);
  }

  /** One shard, one lane of agent "ant", and what it sent. */
  private static final class Stage implements LaneSink {

    private final SteppedShard shard = new SteppedShard(LIMITS, 2_000);
    private final List<String> sent = new ArrayList<>();
    private boolean ready = true;
    private Lane lane;

    List<String> play(String[] words) {
      sent.clear();
      switch (words[0]) {
        case "publish" -> shard.publish(scopes(words), PAYLOAD_BYTES);
        case "publish-group" -> shard.publishGroup(scopes(words), PAYLOAD_BYTES);
        case "attach" -> attach(Long.parseLong(words[1]), false);
        case "sync" -> attach(Long.parseLong(words[1]), true);
        case "stop-reading" -> ready = false;
        case "read" -> {
          ready = true;
          lane.wake();
        }
        case "ack" -> lane.acknowledged(Long.parseLong(words[1]));
        case "heartbeat" -> lane.bookmark();
        case "leave" -> lane.close();
        case "state" -> sent.add(lane.progress().state().text());
        default -> throw new IllegalArgumentException("Expected a step, but got " + words[0]);
      }
      shard.runSteps();
      return List.copyOf(sent);
    }

    private void attach(long after, boolean syncs) {
      Position head = shard.log().swarm(SteppedShard.SWARM).orElseThrow().mainHead();
      byte[] hash = shard.log().runningHash(SteppedShard.SWARM, Log.LOG_MAIN, after).orElseThrow();
      View view = View.of(Set.of(Operations.ALL, Operations.agent("ant")));
      lane =
          shard
              .deliveries()
              .open(
                  new LaneRequest(
                      SteppedShard.SWARM,
                      Log.LOG_MAIN,
                      SyncPlan.between(Positions.at(head, after, hash), head, view),
                      syncs,
                      true,
                      false),
                  shard.executor(),
                  this);
      lane.wake();
    }

    private static List<Scope> scopes(String[] words) {
      return Arrays.stream(words)
          .skip(1)
          .map(word -> word.equals("all") ? Operations.ALL : Operations.agent(word))
          .toList();
    }

    @Override
    public boolean isReady() {
      return ready;
    }

    @Override
    public void deliver(DeliveryFrame frame) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      frame.runs().forEach(bytes::writeBytes);
      try {
        sent.add(
            "delivery (%d, %d] %s"
                .formatted(
                    frame.fromExclusive(),
                    frame.to().getOpId(),
                    Delivery.parseFrom(bytes.toByteArray()).getOperationsList().stream()
                        .map(Operation::getOpId)
                        .map(String::valueOf)
                        .collect(Collectors.joining(" "))));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      byte[] hash =
          shard
              .log()
              .runningHash(SteppedShard.SWARM, Log.LOG_MAIN, frame.to().getOpId())
              .orElseThrow();
      assertThat(frame.to().getRunningHash().toByteArray()).isEqualTo(hash);
    }

    @Override
    public void snapshot(SnapshotPage page) {
      sent.add(
          "snapshot at %d of %s (%s, %s] %s"
              .formatted(
                  page.getPosition().getOpId(),
                  page.getScope().getTarget().getTargetCase(),
                  page.getAfterKey(),
                  page.getThroughKey(),
                  page.getOperationsList().stream().map(Operation::getKey).toList()));
    }

    @Override
    public void receipt(SyncReceipt receipt) {
      sent.add(
          "receipt at %d: %d sent, %d superseded, %d net-zero, %d expired, %d in snapshots"
              .formatted(
                  receipt.getTarget().getOpId(),
                  receipt.getSentCount(),
                  receipt.getSupersededCount(),
                  receipt.getNetZeroCount(),
                  receipt.getExpiredCount(),
                  receipt.getSnapshotCount()));
    }

    @Override
    public void caughtUp(Position position) {
      sent.add("caught up at " + position.getOpId());
    }

    @Override
    public void fellBehind(Position position, Position head) {
      sent.add("fell behind at %d of %d".formatted(position.getOpId(), head.getOpId()));
    }

    @Override
    public void failed(Refusal refusal) {
      sent.add("failed: " + refusal.message());
    }
  }
}
