package dev.swarmlog.server.path.fair;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FairQueueTest {

  private static final int MAX_BYTES_OF_ITEM = 5_000;
  private static final long MAX_COST = MAX_BYTES_OF_ITEM + 256;

  private final FairQueue<Item> queue = new FairQueue<>(Long.MAX_VALUE / 4, Long.MAX_VALUE / 4);
  private final List<Item> letIn = new ArrayList<>();

  private record Item(Flow flow, int number, int bytes) {
    long cost() {
      return bytes + 256L;
    }
  }

  static Stream<Long> seeds() {
    return Stream.iterate(1L, seed -> seed + 1).limit(50);
  }

  @Test
  void shouldTakeWhatIsOfOnePublisherInOrder() {
    Flow flow = new Flow("hive", "bee");
    for (int number = 0; number < 1_000; number++) {
      offer(flow, number, 100);
    }
    assertThat(drain()).extracting(Item::number).isSorted().hasSize(1_000);
    assertThat(queue.bytes()).isZero();
  }

  @Test
  void shouldServeANewcomerAfterOneTurnOfEachOther() {
    // given nine swarms that flood
    for (int swarm = 0; swarm < 9; swarm++) {
      for (int number = 0; number < 2_000; number++) {
        offer(new Flow("flood-" + swarm, "p"), number, 500);
      }
    }
    take(1_234);

    // when
    Flow calm = new Flow("calm", "p");
    offer(calm, 0, 500);

    // then what is taken before it is a turn of each, and of whose turn it is
    long before = costUntil(calm);
    assertThat(before).isLessThanOrEqualTo(9 * (RoundRobin.QUANTUM + 756));
  }

  @Test
  void shouldServeACalmPublisherOfAFloodedSwarmAfterOneTurnOfEachOther() {
    // given a swarm whose one publisher floods, and another that floods, too
    for (int number = 0; number < 5_000; number++) {
      offer(new Flow("hive", "flood"), number, 500);
      offer(new Flow("other", "flood"), number, 500);
    }
    take(777);

    // when
    Flow calm = new Flow("hive", "calm");
    offer(calm, 0, 500);

    // then a turn of its swarm goes to the flood, and with it one of the other swarm
    assertThat(costUntil(calm)).isLessThanOrEqualTo(4 * (RoundRobin.QUANTUM + 756));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void shouldGiveSwarmsThatAlwaysHaveSomethingTheSame(long seed) {
    // given swarms with different numbers of publishers and sizes of items
    Random random = new Random(seed);
    int swarms = 2 + random.nextInt(5);
    for (int swarm = 0; swarm < swarms; swarm++) {
      int publishers = 1 + random.nextInt(6);
      int largest = 1 + random.nextInt(MAX_BYTES_OF_ITEM);
      for (int number = 0; number < 3_000; number++) {
        offer(
            new Flow("s" + swarm, "p" + number % publishers), number, 1 + random.nextInt(largest));
      }
    }

    // when half of what the least has was taken of each, on average
    Map<String, Long> served = new HashMap<>();
    for (int i = 0; i < 1_500; i++) {
      Item item = queue.poll(letIn);
      served.merge(item.flow().swarm(), item.cost(), Long::sum);
      // then none is ahead of another by more than deficit round robin promises
      if (served.size() == swarms) {
        long most = served.values().stream().mapToLong(Long::longValue).max().orElseThrow();
        long least = served.values().stream().mapToLong(Long::longValue).min().orElseThrow();
        assertThat(most - least)
            .as("seed %d, after %d", seed, i)
            .isLessThanOrEqualTo(RoundRobin.QUANTUM + 2 * MAX_COST);
      }
    }
    assertThat(served).hasSize(swarms);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void shouldLoseNothingAndKeepEachPublishersOrderAndItsBounds(long seed) {
    // given a small queue
    Random random = new Random(seed);
    int maxUnits = 8 + random.nextInt(60);
    int maxBytes = MAX_BYTES_OF_ITEM + random.nextInt(60_000);
    FairQueue<Item> small = new FairQueue<>(maxUnits, maxBytes);
    Map<Flow, Integer> offered = new HashMap<>();
    Map<Flow, Integer> taken = new HashMap<>();
    Map<Item, Boolean> parked = new HashMap<>();
    long usedUnits = 0;
    long usedBytes = 0;
    int total = 0;

    // when publishers offer, or park, and some is taken
    for (int step = 0; step < 5_000; step++) {
      if (random.nextInt(5) < 3) {
        Flow flow = new Flow("s" + random.nextInt(4), "p" + random.nextInt(4));
        Item item =
            new Item(flow, offered.getOrDefault(flow, 0), 1 + random.nextInt(MAX_BYTES_OF_ITEM));
        boolean alone = usedUnits == 0;
        if (small.offer(flow, item, 1, item.bytes())) {
          usedUnits++;
          usedBytes += item.bytes();
          assertThat(usedUnits).isLessThanOrEqualTo(maxUnits);
          assertThat(alone || usedBytes <= maxBytes).isTrue();
          offered.merge(flow, 1, Integer::sum);
          total++;
        } else if (random.nextInt(10) == 0) {
          small.park(flow, item, 1, item.bytes());
          parked.put(item, true);
          offered.merge(flow, 1, Integer::sum);
          total++;
        }
      } else if (!small.isEmpty()) {
        List<Item> nowIn = new ArrayList<>();
        int expectedBytes = small.nextBytes();
        Item item = small.poll(nowIn);
        assertThat(item.bytes()).isEqualTo(expectedBytes);
        // then each publisher's own are in order, and who is let in was parked
        assertThat(item.number()).isEqualTo(taken.merge(item.flow(), 1, Integer::sum) - 1);
        if (!parked.containsKey(item)) {
          usedUnits--;
          usedBytes -= item.bytes();
        }
        for (Item in : nowIn) {
          assertThat(parked.remove(in)).isTrue();
          if (!in.equals(item)) {
            usedUnits++;
            usedBytes += in.bytes();
          }
        }
        total--;
      }
      assertThat(small.size()).isEqualTo(total);
    }

    // then all of it can be taken, and nobody is still told to wait
    List<Item> nowIn = new ArrayList<>();
    while (!small.isEmpty()) {
      Item item = small.poll(nowIn);
      taken.merge(item.flow(), 1, Integer::sum);
    }
    nowIn.forEach(parked::remove);
    assertThat(parked).isEmpty();
    assertThat(taken).isEqualTo(offered);
    assertThat(small.bytes()).isZero();
    assertThat(small.size()).isZero();
  }

  @Test
  void shouldLeaveRoomForOthersHoweverMuchOneAsksFor() {
    // given
    FairQueue<Item> bounded = new FairQueue<>(1_200, Long.MAX_VALUE / 4);

    // when a publisher takes all that it gets
    int first = fill(bounded, new Flow("a", "p"));
    int second = fill(bounded, new Flow("a", "q"));
    int otherSwarm = fill(bounded, new Flow("b", "p"));

    // then alone it came to a quarter, and who comes later still gets a share
    assertThat(first).isEqualTo(300);
    assertThat(second).isEqualTo(150);
    assertThat(otherSwarm).isEqualTo((1_200 - 450) / 4);
  }

  @Test
  void shouldShareBytesAsItSharesUnits() {
    FairQueue<Item> bounded = new FairQueue<>(Long.MAX_VALUE / 4, 120_000);
    assertThat(fill(bounded, new Flow("a", "p"))).isEqualTo(300);
    assertThat(fill(bounded, new Flow("b", "p"))).isEqualTo((1_200 - 300) / 4);
  }

  @Test
  void shouldNeverHoldMoreThanItsBoundsHoweverManyAsk() {
    FairQueue<Item> bounded = new FairQueue<>(100, Long.MAX_VALUE / 4);
    int admitted = 0;
    for (int swarm = 0; swarm < 200; swarm++) {
      for (int publisher = 0; publisher < 5; publisher++) {
        admitted += fill(bounded, new Flow("s" + swarm, "p" + publisher));
      }
    }
    assertThat(admitted).isEqualTo(100);
  }

  @Test
  void shouldTakeAnItemLargerThanEverythingWhenNothingElseWaits() {
    FairQueue<Item> bounded = new FairQueue<>(10, 100);
    Flow flow = new Flow("a", "p");
    assertThat(bounded.offer(flow, new Item(flow, 0, 101), 1, 101)).isTrue();
    assertThat(bounded.offer(flow, new Item(flow, 1, 1), 1, 1)).isFalse();
  }

  @Test
  void shouldLetInWhatIsParkedOnceItsPublisherHasUsedUpHalfOfItsShare() {
    // given a publisher that filled its share of 8, and parked one
    FairQueue<Item> bounded = new FairQueue<>(32, 1_000_000);
    Flow flow = new Flow("a", "p");
    assertThat(fill(bounded, flow)).isEqualTo(8);
    Item parked = new Item(flow, 8, 100);
    bounded.park(flow, parked, 1, 100);

    // when it comes down to three
    for (int i = 0; i < 4; i++) {
      bounded.poll(letIn);
      assertThat(letIn).isEmpty();
    }
    bounded.poll(letIn);

    // then with the one that was parked it is half of the share
    assertThat(letIn).containsExactly(parked);
  }

  private static int fill(FairQueue<Item> bounded, Flow flow) {
    int count = 0;
    while (bounded.offer(flow, new Item(flow, count, 100), 1, 100)) {
      count++;
    }
    return count;
  }

  private void offer(Flow flow, int number, int bytes) {
    assertThat(queue.offer(flow, new Item(flow, number, bytes), 1, bytes)).isTrue();
  }

  private void take(int count) {
    for (int i = 0; i < count; i++) {
      queue.poll(letIn);
    }
  }

  private long costUntil(Flow flow) {
    long cost = 0;
    for (Item item = queue.poll(letIn); !item.flow().equals(flow); item = queue.poll(letIn)) {
      cost += item.cost();
    }
    return cost;
  }

  private List<Item> drain() {
    List<Item> drained = new ArrayList<>();
    while (!queue.isEmpty()) {
      drained.add(queue.poll(letIn));
    }
    return drained;
  }
}
