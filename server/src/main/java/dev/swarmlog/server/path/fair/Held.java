package dev.swarmlog.server.path.fair;

/** How much room something uses: a number of units, such as commands or records, and bytes. */
final class Held {

  private long units;
  private long bytes;

  void add(long moreUnits, long moreBytes) {
    units += moreUnits;
    bytes += moreBytes;
  }

  void remove(long lessUnits, long lessBytes) {
    units -= lessUnits;
    bytes -= lessBytes;
  }

  boolean nothing() {
    return units == 0;
  }

  long units() {
    return units;
  }

  long bytes() {
    return bytes;
  }
}
