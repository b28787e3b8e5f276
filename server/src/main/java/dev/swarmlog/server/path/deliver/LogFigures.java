package dev.swarmlog.server.path.deliver;

import dev.swarmlog.v1.Topic;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What has gone through one log of a swarm since the start, and how late it was lately. About 10
 * kilobytes, where something goes through.
 *
 * <p>Guarded by the monitor, held for a few additions: the shard's writer counts what it commits,
 * lanes what they hand out and what is acknowledged, once per frame; any thread reads.
 */
final class LogFigures {

  private final Map<Topic, Long> appendedByTopic = new EnumMap<>(Topic.class);
  private final LagHistogram deliverLag = new LagHistogram();
  private final LagHistogram ackLag = new LagHistogram();
  private final long[] recent = new long[LagHistogram.SLICES];
  private final long[] recentDelivered = new long[LagHistogram.SLICES];
  private final long[] slices = new long[LagHistogram.SLICES];
  private long appended;
  private long delivered;
  private long acked;

  /** Operations were committed. */
  synchronized void appended(Map<Topic, Integer> byTopic, long nowNs) {
    int count = 0;
    for (Map.Entry<Topic, Integer> topic : byTopic.entrySet()) {
      appendedByTopic.merge(topic.getKey(), (long) topic.getValue(), Long::sum);
      count += topic.getValue();
    }
    appended += count;
    recent[slot(nowNs)] += count;
  }

  /**
   * A frame was handed out.
   *
   * @param origins its lag is that of the oldest, which is the first
   */
  synchronized void handedOut(int operations, List<RunOrigin> origins, long nowNs) {
    delivered += operations;
    recentDelivered[slot(nowNs)] += operations;
    if (!origins.isEmpty()) {
      deliverLag.add(nowNs - origins.get(0).durableNs(), operations, nowNs);
    }
  }

  /** A frame was acknowledged. */
  synchronized void acknowledged(int operations, List<RunOrigin> origins, long nowNs) {
    acked += operations;
    if (!origins.isEmpty()) {
      ackLag.add(nowNs - origins.get(0).durableNs(), operations, nowNs);
    }
  }

  synchronized LogTraffic.Counts read(long nowNs) {
    long oldest = Math.floorDiv(nowNs, LagHistogram.SLICE_NS) - LagHistogram.SLICES + 1;
    long recentlyAppended = 0;
    long recentlyDelivered = 0;
    for (int slot = 0; slot < slices.length; slot++) {
      if (slices[slot] >= oldest) {
        recentlyAppended += recent[slot];
        recentlyDelivered += recentDelivered[slot];
      }
    }
    return new LogTraffic.Counts(
        appended,
        delivered,
        acked,
        Map.copyOf(appendedByTopic),
        recentlyAppended,
        recentlyDelivered,
        deliverLag.read(nowNs),
        ackLag.read(nowNs));
  }

  private int slot(long nowNs) {
    long slice = Math.floorDiv(nowNs, LagHistogram.SLICE_NS);
    int slot = (int) Math.floorMod(slice, (long) LagHistogram.SLICES);
    if (slices[slot] != slice) {
      slices[slot] = slice;
      recent[slot] = 0;
      recentDelivered[slot] = 0;
    }
    return slot;
  }
}
