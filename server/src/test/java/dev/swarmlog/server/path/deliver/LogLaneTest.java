package dev.swarmlog.server.path.deliver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.server.FrameMemory;
import dev.swarmlog.server.Instruments;
import dev.swarmlog.server.Limits;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.path.SteppedShard;
import dev.swarmlog.storage.CommittedRun;
import dev.swarmlog.storage.KeyInterval;
import dev.swarmlog.storage.Page;
import dev.swarmlog.storage.SwarmState;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.SnapshotPage;
import dev.swarmlog.v1.SyncReceipt;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** What a lane does at moments that scenarios cannot stop at. */
class LogLaneTest {

  private static final View VIEW = View.of(Set.of(Operations.ALL));
  private static final Limits LIMITS = Limits.defaults();

  private final SteppedShard shard = new SteppedShard(LIMITS, 1 << 20);
  private final ArrayDeque<Runnable> reads = new ArrayDeque<>();

  private final FrameMemory frameMemory = new FrameMemory(LIMITS.maxFrameTimesBytes());

  /** Beside those of the shard, and told of what is committed only by the test. */
  private final Deliveries deliveries =
      new Deliveries(shard.log(), reads::addLast, LIMITS, 1L << 20, frameMemory, Instruments.off());

  private final Sent sent = new Sent();

  @Test
  void shouldNotDeliverAgainWhatASyncSentBeforeTheTailHeardOfIt() {
    // given a tail that exists, and an operation that is durable but not yet in the tail
    open().close();
    runAll();
    sent.lines.clear();
    shard.publish(List.of(Operations.ALL), 10);

    // when a lane syncs through it and reaches the tail, then the tail hears of it and of more
    Lane lane = open();
    runAll();
    shard.publish(List.of(Operations.ALL), 10);
    hear(1);
    runAll();
    lane.bookmark();
    runAll();
    hear(2);
    runAll();

    // then
    assertThat(sent.lines).containsExactly("(0, 1]", "receipt 1", "caught up 1", "(1, 2]");
  }

  @Test
  void shouldEndALaneWhoseStepFails() {
    // given
    shard.publish(List.of(Operations.ALL), 10);
    sent.failure = new IllegalStateException("no room on the moon");

    // when
    Lane lane = open();
    runAll();

    // then its agent hears of it, and nothing goes on
    assertThat(sent.lines).hasSize(1).first().asString().contains("no room on the moon");
    assertThat(sent.refusal).isEqualTo(ErrorReason.ERROR_REASON_INTERNAL);
    assertThat(lane.progress().state()).isEqualTo(Lane.State.CLOSED);
    lane.wake();
    runAll();
    assertThat(sent.lines).hasSize(1);
  }

  @Test
  void shouldSendNothingOfWhatWasReadForALaneThatIsClosed() {
    // given a read under way
    shard.publish(List.of(Operations.ALL), 10);
    Lane lane = open();
    shard.runSteps();
    assertThat(reads).hasSize(1);

    // when
    lane.close();
    shard.runSteps();
    runAll();

    // then
    assertThat(sent.lines).isEmpty();
    assertThat(lane.progress().state()).isEqualTo(Lane.State.CLOSED);
  }

  @Test
  void shouldRememberManyFramesAndGiveTheirMemoryBackWhenItIsClosed() {
    // given a lane that is handed a frame for each of a thousand operations
    Lane lane = open();
    runAll();
    for (int opId = 1; opId <= 1_000; opId++) {
      shard.publish(List.of(Operations.ALL), 1);
      hear(opId);
      runAll();
      lane.acknowledged(opId, 0);
      runAll();
    }

    // then
    assertThat(sent.lines).contains("(0, 1]", "(999, 1000]");
    assertThat(lane.handOut(1)).isNotNull();
    assertThat(lane.handOut(1_000)).isNotNull();
    assertThat(frameMemory.usedBytes()).isPositive();

    // when
    lane.close();
    runAll();

    // then
    assertThat(frameMemory.usedBytes()).isZero();
    assertThat(lane.handOut(1)).isNull();
  }

  @Test
  void shouldReadOnePageAtATimeHoweverOftenItIsWoken() {
    // given
    shard.publish(List.of(Operations.ALL, Operations.ALL), 10);
    Lane lane = open();

    // when
    for (int i = 0; i < 5; i++) {
      lane.wake();
      lane.bookmark();
      lane.acknowledged(i, 0);
      shard.runSteps();
    }

    // then
    assertThat(reads).hasSize(1);
    runAll();
    assertThat(sent.lines).containsExactly("(0, 2]", "receipt 2", "caught up 2");
  }

  @Test
  void shouldTakeTurnsWithLanesOnTheSameThread() {
    // given two live lanes whose readers do not read, and more than a turn for each
    SteppedShard large = new SteppedShard(LIMITS, 1L << 24);
    List<String> order = new ArrayList<>();
    List<Lane> lanes = new ArrayList<>();
    boolean[] reading = {false};
    for (String name : List.of("a", "b")) {
      lanes.add(open(large, new Named(name, order, () -> reading[0] || order.size() < 4)));
      large.runSteps();
    }
    order.clear();
    for (int i = 0; i < 20; i++) {
      large.publish(List.of(Operations.ALL), LIMITS.maxDeliveryBytes());
    }

    // when both read
    reading[0] = true;
    lanes.forEach(Lane::wake);
    large.runSteps();

    // then each is given one delivery in its turn
    assertThat(order).hasSize(40);
    for (int i = 0; i < order.size(); i++) {
      assertThat(order.get(i)).startsWith(i % 2 == 0 ? "a" : "b");
    }
  }

  @Test
  void shouldTakeTurnsWhereThereAreManySmallFrames() {
    // given as before, with frames that are small
    List<String> order = new ArrayList<>();
    SteppedShard small = new SteppedShard(LIMITS.with("maxDeliveryBytes", 1), 1L << 24);
    boolean[] reading = {false};
    List<Lane> lanes = new ArrayList<>();
    for (String name : List.of("a", "b")) {
      lanes.add(open(small, new Named(name, order, () -> reading[0] || order.size() < 4)));
      small.runSteps();
    }
    order.clear();
    for (int i = 0; i < 3; i++) {
      small.publish(List.of(Operations.ALL), 10);
    }

    // when
    reading[0] = true;
    lanes.forEach(Lane::wake);
    small.runSteps();

    // then a frame is a turn where a delivery may be no larger
    assertThat(order).hasSize(6);
    assertThat(order.stream().map(line -> line.substring(0, 1)))
        .containsExactly("a", "b", "a", "b", "a", "b");
  }

  @Test
  void shouldTakeTurnsReadingTheDisk() {
    // given two observers of everything from the beginning, of which the tail has little
    SteppedShard shallow = new SteppedShard(LIMITS, 1);
    for (int i = 0; i < 10; i++) {
      shallow.publish(List.of(Operations.ALL), LIMITS.maxDeliveryBytes());
    }
    List<String> order = new ArrayList<>();
    SwarmState swarm = shallow.log().swarm(SteppedShard.SWARM).orElseThrow();
    Position start = Positions.at(swarm.mainHead(), 0, new byte[0]);
    for (String name : List.of("a", "b")) {
      shallow
          .deliveries()
          .open(
              new LaneRequest(
                  SteppedShard.SWARM,
                  Log.LOG_MAIN,
                  SyncPlan.between(start, swarm.mainHead(), View.everything()),
                  false,
                  null,
                  false),
              shallow.executor(),
              new Named(name, order, () -> true))
          .wake();
    }

    // when
    shallow.runSteps();

    // then one reads a page while the other's is sent
    assertThat(order.stream().filter(line -> line.contains("(")).map(line -> line.charAt(0)))
        .containsExactly(
            'a', 'b', 'a', 'b', 'a', 'b', 'a', 'b', 'a', 'b', 'a', 'b', 'a', 'b', 'a', 'b', 'a',
            'b', 'a', 'b');
  }

  private static Lane open(SteppedShard shard, LaneSink sink) {
    SwarmState swarm = shard.log().swarm(SteppedShard.SWARM).orElseThrow();
    SyncPlan plan =
        shard
            .deliveries()
            .plan(
                new SyncReader(
                    swarm, Log.LOG_MAIN, VIEW, LogResume.getDefaultInstance(), true, false))
            .plan();
    Lane lane =
        shard
            .deliveries()
            .open(
                new LaneRequest(SteppedShard.SWARM, Log.LOG_MAIN, plan, true, null, false),
                shard.executor(),
                sink);
    lane.wake();
    return lane;
  }

  private Lane open() {
    SwarmState swarm = shard.log().swarm(SteppedShard.SWARM).orElseThrow();
    SyncPlan plan =
        deliveries
            .plan(
                new SyncReader(
                    swarm, Log.LOG_MAIN, VIEW, LogResume.getDefaultInstance(), true, false))
            .plan();
    Lane lane =
        deliveries.open(
            new LaneRequest(SteppedShard.SWARM, Log.LOG_MAIN, plan, true, "agent", false),
            shard.executor(),
            sent);
    lane.wake();
    return lane;
  }

  private void runAll() {
    shard.runSteps();
    while (!reads.isEmpty()) {
      reads.removeFirst().run();
      shard.runSteps();
    }
  }

  /** Hands one operation to the tail, as the shard's writer does. */
  private void hear(long opId) {
    Page page =
        shard.log().read(SteppedShard.SWARM, Log.LOG_MAIN, VIEW, opId - 1, opId, Integer.MAX_VALUE);
    Position head = shard.log().swarm(SteppedShard.SWARM).orElseThrow().mainHead();
    deliveries.committed(
        List.of(
            new CommittedRun(
                SteppedShard.SWARM,
                Log.LOG_MAIN,
                opId - 1,
                Positions.at(head, opId, page.runningHash()),
                page.operations())),
        CommitTimes.UNKNOWN);
  }

  /** Writes whose turn it was into a list that lanes share, and reads when it is told. */
  private static final class Named extends Sent {

    private final String name;
    private final List<String> order;
    private final BooleanSupplier reads;

    Named(String name, List<String> order, BooleanSupplier reads) {
      this.name = name;
      this.order = order;
      this.reads = reads;
    }

    @Override
    public boolean isReady() {
      return reads.getAsBoolean();
    }

    @Override
    public void deliver(DeliveryFrame frame) {
      order.add("%s (%d, %d]".formatted(name, frame.fromExclusive(), frame.to().getOpId()));
    }

    @Override
    public void caughtUp(Position position) {
      order.add(name + " caught up");
    }
  }

  private static class Sent implements LaneSink {

    private final List<String> lines = new ArrayList<>();
    private RuntimeException failure;
    private ErrorReason refusal;

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public void deliver(DeliveryFrame frame) {
      if (failure != null) {
        throw failure;
      }
      lines.add("(%d, %d]".formatted(frame.fromExclusive(), frame.to().getOpId()));
    }

    @Override
    public void snapshot(SnapshotPage page) {
      lines.add("snapshot");
    }

    @Override
    public void compare(Scope scope, KeyInterval keys, Position at) {
      throw new AssertionError("Expected no questions");
    }

    @Override
    public void receipt(SyncReceipt receipt) {
      lines.add("receipt " + receipt.getTarget().getOpId());
    }

    @Override
    public void caughtUp(Position position) {
      lines.add("caught up " + position.getOpId());
    }

    @Override
    public void fellBehind(Position position, Position head) {
      lines.add("fell behind");
    }

    @Override
    public void failed(Refusal why) {
      refusal = why.reason();
      lines.add(why.message());
    }
  }
}
