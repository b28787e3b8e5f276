package dev.swarmlog.bench;

import dev.swarmlog.hostile.Flood;
import dev.swarmlog.hostile.RawHttp2;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * A hostile client in a process of its own: it connects, floods until the connection is closed,
 * connects again at once or after a pause, and so on. It does what its standard input says, until
 * that ends.
 */
public final class BenchAttacker {

  /** Ends the flood; the answer is one number for each connection, see {@link #attack}. */
  static final String REST = "rest";

  /** Stands for a connection that was not closed. */
  static final long NOT_CLOSED = -1;

  /** Stands for a connection that was refused, or closed before anything was flooded with. */
  static final long REFUSED = -2;

  /** How long a connection is flooded before the attacker gives up on it. */
  private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(10);

  /** Far from where numbers of streams end. */
  private static final int MAX_REPETITIONS = 1 << 29;

  private final int port;
  private final long pauseNs;
  private final ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor();

  /** Written by the thread that attacks, read by the other once that has ended. */
  private final List<Long> closedAfterUs = new ArrayList<>();

  private volatile boolean attacking;

  private BenchAttacker(int port, long pauseNs) {
    this.port = port;
    this.pauseNs = pauseNs;
  }

  /**
   * @param args the port of the coordinator, on loopback; nanoseconds between a connection and the
   *     next
   */
  public static void main(String[] args) throws Exception {
    new BenchAttacker(Integer.parseInt(args[0]), Long.parseLong(args[1])).obey();
  }

  private void obey() throws IOException, InterruptedException {
    System.out.println(ToldProcess.READY);
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    Thread thread = new Thread(() -> {});
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      if (line.equals(REST)) {
        attacking = false;
        thread.join();
        System.out.println(
            closedAfterUs.stream().map(String::valueOf).collect(Collectors.joining(" ")));
        closedAfterUs.clear();
      } else {
        Flood flood = Flood.valueOf(line);
        attacking = true;
        thread = new Thread(() -> attack(flood), "attacker");
        thread.start();
      }
    }
    attacking = false;
    thread.join();
    watch.shutdownNow();
  }

  private void attack(Flood flood) {
    while (attacking) {
      closedAfterUs.add(connectAndFlood(flood));
      pause();
    }
  }

  private void pause() {
    long endNs = System.nanoTime() + pauseNs;
    for (long leftNs = pauseNs; leftNs > 0 && attacking; leftNs = endNs - System.nanoTime()) {
      LockSupport.parkNanos(this, leftNs);
    }
  }

  /** Answers after how many microseconds from the first frame the connection was closed. */
  private long connectAndFlood(Flood flood) {
    try (RawHttp2 connection = new RawHttp2(port)) {
      connection.handshake();
      long beganNs = System.nanoTime();
      ScheduledFuture<?> givingUp =
          watch.schedule(() -> close(connection), PATIENCE_NS, TimeUnit.NANOSECONDS);
      RawHttp2.Ending ending =
          connection.flood(i -> flood.frames(i, Flood.SILENT_PATH), MAX_REPETITIONS, true);
      long tookNs = System.nanoTime() - beganNs;
      boolean gaveUp = !givingUp.cancel(false);
      return gaveUp || !ending.closed() ? NOT_CLOSED : TimeUnit.NANOSECONDS.toMicros(tookNs);
    } catch (IOException e) {
      return REFUSED;
    }
  }

  private static void close(RawHttp2 connection) {
    try {
      connection.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
