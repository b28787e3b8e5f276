package dev.swarmlog.server;

/** A memory of 100 MiB of each kind, of which a test says how much is in use. */
public final class TestMemory implements Memory {

  private static final long MIB = 1 << 20;

  private volatile Usage heap = new Usage(0, 100 * MIB);
  private volatile Usage direct = new Usage(0, 100 * MIB);
  private volatile long collections;
  private volatile int asked;

  /** What a collection left of the heap. */
  public void heapPercent(int percent) {
    heap = new Usage(percent * MIB, 100 * MIB);
  }

  /** What is in use of direct memory. */
  public void directPercent(int percent) {
    direct = new Usage(percent * MIB, 100 * MIB);
  }

  /** Memory of which nobody says how much there is. */
  public void unbounded() {
    heap = new Usage(MIB, 0);
    direct = new Usage(MIB, 0);
  }

  /** A collection came by itself. */
  public void collected() {
    collections++;
  }

  /** How often a collection was asked for. */
  public int asked() {
    return asked;
  }

  @Override
  public Usage heap() {
    return heap;
  }

  @Override
  public Usage direct() {
    return direct;
  }

  @Override
  public long collections() {
    return collections;
  }

  @Override
  public void collect() {
    asked++;
    collections++;
  }
}
