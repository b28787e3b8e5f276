package dev.swarmlog.bench;

import dev.swarmlog.hostile.Flood;
import java.io.IOException;
import java.time.Duration;
import org.HdrHistogram.Histogram;

/** A {@link BenchAttacker} in a process of its own. Used by one thread. */
final class AttackerProcess implements AutoCloseable {

  private final ToldProcess process;

  private AttackerProcess(ToldProcess process) {
    this.process = process;
  }

  /**
   * What became of the connections of an attacker.
   *
   * @param closedAfterUs of those that were closed, from the first frame that flooded, in
   *     microseconds
   * @param notClosed those that the attacker gave up on
   * @param refused those that were closed before anything was flooded with
   */
  record Attack(Histogram closedAfterUs, long notClosed, long refused) {

    static Attack of(String answer) {
      Histogram closedAfterUs = Latencies.histogram();
      long notClosed = 0;
      long refused = 0;
      for (String number : answer.split(" ")) {
        long tookUs = Long.parseLong(number);
        if (tookUs == BenchAttacker.NOT_CLOSED) {
          notClosed++;
        } else if (tookUs == BenchAttacker.REFUSED) {
          refused++;
        } else {
          Latencies.record(closedAfterUs, tookUs);
        }
      }
      return new Attack(closedAfterUs, notClosed, refused);
    }

    long connections() {
      return closedAfterUs.getTotalCount() + notClosed + refused;
    }
  }

  /**
   * Starts one.
   *
   * @param port of the coordinator, on loopback
   * @param pause between a connection and the next
   */
  static AttackerProcess start(int port, Duration pause) throws IOException {
    return new AttackerProcess(ToldProcess.start(BenchAttacker.class, port, pause.toNanos()));
  }

  /** Begins. */
  void flood(Flood flood) throws IOException {
    process.tell(flood.name());
  }

  /** Ends once the connection that is open is closed. */
  Attack rest() throws IOException {
    process.tell(BenchAttacker.REST);
    return Attack.of(process.answer());
  }

  /** Processor time it has used so far, user and system. */
  Duration cpu() {
    return process.cpu();
  }

  @Override
  public void close() throws IOException {
    process.close();
  }
}
