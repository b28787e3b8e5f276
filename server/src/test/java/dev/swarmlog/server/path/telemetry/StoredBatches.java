package dev.swarmlog.server.path.telemetry;

import dev.swarmlog.server.Refusal;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts what became of batches. */
final class StoredBatches implements Telemetry.Listener {

  final AtomicInteger stored = new AtomicInteger();
  final List<Refusal> refusals = new CopyOnWriteArrayList<>();

  @Override
  public void appended(long sequence) {
    stored.incrementAndGet();
  }

  @Override
  public void refused(Refusal refusal) {
    refusals.add(refusal);
  }
}
