package dev.swarmlog.server.path.admit;

import dev.swarmlog.v1.RateLimitFigures;
import java.util.concurrent.TimeUnit;

/**
 * How long was waited for tokens in the last minute, and what was refused since the start. Not
 * thread-safe: they belong to the lock of their {@link SwarmGate}.
 */
final class WaitFigures {

  private static final int SECONDS = 60;

  private final long[] second = new long[SECONDS];
  private final long[] count = new long[SECONDS];
  private final long[] totalNs = new long[SECONDS];
  private final long[] longestNs = new long[SECONDS];
  private long refused;
  private long shed;

  void passedAfter(long waitedNs, long nowNs) {
    long now = TimeUnit.NANOSECONDS.toSeconds(nowNs);
    int slot = Math.floorMod(now, SECONDS);
    if (second[slot] != now) {
      second[slot] = now;
      count[slot] = 0;
      totalNs[slot] = 0;
      longestNs[slot] = 0;
    }
    count[slot]++;
    totalNs[slot] += waitedNs;
    longestNs[slot] = Math.max(longestNs[slot], waitedNs);
  }

  void refused() {
    refused++;
  }

  void shed(int operations) {
    shed += operations;
  }

  RateLimitFigures.Builder at(long nowNs) {
    long now = TimeUnit.NANOSECONDS.toSeconds(nowNs);
    long waited = 0;
    long waitedNs = 0;
    long longest = 0;
    for (int slot = 0; slot < SECONDS; slot++) {
      if (now - second[slot] < SECONDS) {
        waited += count[slot];
        waitedNs += totalNs[slot];
        longest = Math.max(longest, longestNs[slot]);
      }
    }
    return RateLimitFigures.newBuilder()
        .setWaitedCount(waited)
        .setWaitedTotalMs(TimeUnit.NANOSECONDS.toMillis(waitedNs))
        .setWaitedLongestMs(TimeUnit.NANOSECONDS.toMillis(longest))
        .setRefusedCount(refused)
        .setShedCount(shed);
  }
}
