package dev.swarmlog.server.path.deliver;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.swarmlog.server.Limits;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.path.SteppedShard;
import dev.swarmlog.storage.KeyInterval;
import dev.swarmlog.storage.SwarmState;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.Delivery;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.ResumeTriple;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.SnapshotPage;
import dev.swarmlog.v1.SnapshotResume;
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
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs the scenarios in {@code scenarios/*.txt}: a line with {@code >} says what happens, the lines
 * after it what one agent's lane sends then. Every thread is stepped, so each run gives the same
 * lines.
 */
class LaneScenariosTest {

  private static final int PAYLOAD_BYTES = 100;

  private static final View VIEW = View.of(Set.of(Operations.ALL, Operations.agent("ant")));

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
    private int window = Integer.MAX_VALUE;
    private @Nullable Lane lane;

    List<String> play(String[] words) {
      sent.clear();
      switch (words[0]) {
        case "publish" -> shard.publish(scopes(words), PAYLOAD_BYTES);
        case "publish-group" -> shard.publishGroup(scopes(words), PAYLOAD_BYTES);
        case "set" -> shard.publish(settings(words));
        case "delete" -> shard.publish(deletions(words));
        case "attach" -> attach(Long.parseLong(words[1]));
        case "sync" -> sync(words);
        case "stop-reading" -> window = 0;
        case "read" -> {
          window = words.length == 1 ? Integer.MAX_VALUE : Integer.parseInt(words[1]);
          if (lane != null) {
            lane.wake();
          }
        }
        case "ack" -> lane.acknowledged(Long.parseLong(words[1]), 0);
        case "heartbeat" -> lane.bookmark();
        case "leave" -> lane.close();
        case "differs" -> lane.compared(differing(words));
        case "state" -> sent.add(lane.progress().state().text());
        default -> throw new IllegalArgumentException("Expected a step, but got " + words[0]);
      }
      shard.runSteps();
      return List.copyOf(sent);
    }

    private void attach(long after) {
      Position head = shard.log().swarm(SteppedShard.SWARM).orElseThrow().mainHead();
      open(SyncPlan.between(position(after), head, VIEW), false);
    }

    /**
     * {@code sync N}, from a position; {@code triple=base,target,exact} was interrupted there, or
     * {@code snapshot=at,scope,key} was; {@code scopes=all,ant} are held. With {@code compares} it
     * can be asked what it holds.
     */
    private void sync(String[] words) {
      LogResume.Builder resume =
          LogResume.newBuilder().setPosition(position(Long.parseLong(words[1])));
      for (String word : words) {
        String[] values = word.substring(word.indexOf('=') + 1).split(",");
        if (word.startsWith("triple=")) {
          resume.setTriple(
              ResumeTriple.newBuilder()
                  .setBaseOpId(Long.parseLong(values[0]))
                  .setCursorOpId(Long.parseLong(words[1]))
                  .setTargetOpId(Long.parseLong(values[1]))
                  .setExact(values[2].equals("exact")));
        } else if (word.startsWith("snapshot=")) {
          SnapshotResume.Builder snapshot =
              SnapshotResume.newBuilder().setPosition(position(Long.parseLong(values[0])));
          if (values.length > 1) {
            snapshot.setScope(scope(values[1])).setLastKey(values[2]);
          }
          resume.setSnapshot(snapshot);
        } else if (word.startsWith("scopes=")) {
          Arrays.stream(values).forEach(value -> resume.addScopes(scope(value)));
        }
      }
      SwarmState swarm = shard.log().swarm(SteppedShard.SWARM).orElseThrow();
      SyncPlanning planning =
          shard
              .deliveries()
              .plan(
                  new SyncReader(
                      swarm,
                      Log.LOG_MAIN,
                      VIEW,
                      resume.build(),
                      true,
                      List.of(words).contains("compares")));
      while (planning.step()) {
        // goes on
      }
      SyncPlan plan = planning.plan();
      sent.add(
          "plan %s (%d, %d] base %d%s: %s"
              .formatted(
                  plan.kind().name().substring("PLAN_".length()).toLowerCase(Locale.ROOT),
                  plan.start().getOpId(),
                  plan.target().getOpId(),
                  plan.bounds().base(),
                  plan.isExact() ? " exact" : "",
                  plan.reason()));
      open(plan, true);
    }

    private void open(SyncPlan plan, boolean syncs) {
      lane =
          shard
              .deliveries()
              .open(
                  new LaneRequest(SteppedShard.SWARM, Log.LOG_MAIN, plan, syncs, "agent", false),
                  shard.executor(),
                  this);
      lane.wake();
    }

    private Position position(long opId) {
      Position head = shard.log().swarm(SteppedShard.SWARM).orElseThrow().mainHead();
      return Positions.at(
          head,
          opId,
          shard.log().runningHash(SteppedShard.SWARM, Log.LOG_MAIN, opId).orElseThrow());
    }

    /** {@code a=1} for everybody, {@code ant:a=1} for an agent. */
    private static List<PublishRecord> settings(String[] words) {
      return Arrays.stream(words)
          .skip(1)
          .map(word -> word.split("=", 2))
          .map(
              set ->
                  keyed(set[0])
                      .setPayload(
                          Payload.newBuilder()
                              .setType(set[1])
                              .setData(ByteString.copyFrom(new byte[PAYLOAD_BYTES])))
                      .build())
          .toList();
    }

    private static List<PublishRecord> deletions(String[] words) {
      return Arrays.stream(words)
          .skip(1)
          .map(word -> keyed(word).setTombstone(true).build())
          .toList();
    }

    private static PublishRecord.Builder keyed(String place) {
      int colon = place.indexOf(':');
      Scope scope = scope(colon < 0 ? "all" : place.substring(0, colon));
      return PublishRecord.newBuilder()
          .setTopic(scope.getTopic())
          .setTarget(scope.getTarget())
          .setOperationClass(OperationClass.OPERATION_CLASS_KEYED)
          .setKey(place.substring(colon + 1));
    }

    private static List<Scope> scopes(String[] words) {
      return Arrays.stream(words).skip(1).map(Stage::scope).toList();
    }

    /** {@code differs a..b c..}, and behind {@code rest} what was not compared. */
    private static DifferingKeys differing(String[] words) {
      List<String> given = List.of(words);
      int rest = given.contains("rest") ? given.indexOf("rest") : given.size();
      return new DifferingKeys(
          given.subList(1, rest).stream().map(Stage::keys).toList(),
          rest == given.size() ? null : keys(given.get(rest + 1)));
    }

    private static KeyInterval keys(String word) {
      int dots = word.indexOf("..");
      return new KeyInterval(word.substring(0, dots), word.substring(dots + 2));
    }

    private static String text(KeyInterval keys) {
      return "(%s, %s]".formatted(keys.afterKey(), keys.throughKey());
    }

    private static String name(Scope scope) {
      return scope.getTarget().hasAll() ? "all" : scope.getTarget().getAgent();
    }

    private static Scope scope(String word) {
      return word.equals("all") ? Operations.ALL : Operations.agent(word);
    }

    private static String text(Operation operation) {
      return operation.getOperationClass() == OperationClass.OPERATION_CLASS_KEYED
          ? "%d:%s%s"
              .formatted(
                  operation.getOpId(),
                  operation.getKey(),
                  operation.getTombstone() ? " deleted" : "=" + operation.getPayload().getType())
          : String.valueOf(operation.getOpId());
    }

    private void send(String line) {
      window--;
      sent.add(line);
    }

    @Override
    public boolean isReady() {
      return window > 0;
    }

    @Override
    public void deliver(DeliveryFrame frame) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      frame.runs().forEach(bytes::writeBytes);
      try {
        send(
            "delivery (%d, %d] %s"
                .formatted(
                    frame.fromExclusive(),
                    frame.to().getOpId(),
                    Delivery.parseFrom(bytes.toByteArray()).getOperationsList().stream()
                        .map(Stage::text)
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
      send(
          "snapshot at %d of %s (%s, %s] %s"
              .formatted(
                  page.getPosition().getOpId(),
                  name(page.getScope()),
                  page.getAfterKey(),
                  page.getThroughKey(),
                  page.getOperationsList().stream()
                      .map(Stage::text)
                      .collect(Collectors.joining(" "))));
    }

    @Override
    public void compare(Scope scope, KeyInterval keys, Position at) {
      send("compare %s %s at %d".formatted(name(scope), text(keys), at.getOpId()));
    }

    @Override
    public void receipt(SyncReceipt receipt) {
      send(
          "receipt at %d: %d examined, %d sent, %d superseded, %d net-zero, %d expired, %d in snapshots"
              .formatted(
                  receipt.getTarget().getOpId(),
                  receipt.getExaminedCount(),
                  receipt.getSentCount(),
                  receipt.getSupersededCount(),
                  receipt.getNetZeroCount(),
                  receipt.getExpiredCount(),
                  receipt.getSnapshotCount()));
    }

    @Override
    public void caughtUp(Position position) {
      send("caught up at " + position.getOpId());
    }

    @Override
    public void fellBehind(Position position, Position head) {
      send("fell behind at %d of %d".formatted(position.getOpId(), head.getOpId()));
    }

    @Override
    public void failed(Refusal refusal) {
      send("failed: " + refusal.message());
    }
  }
}
