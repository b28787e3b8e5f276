package dev.swarmlog.server.path.fair;

/**
 * How much may wait together, and how that is shared: a swarm may hold half of what the other
 * swarms leave it, and a publisher half of what the other publishers leave it of that. So n swarms
 * that ask for all they can get come to 1 / (n + 1) each, and there is room for another one; a
 * single publisher on its own comes to a quarter.
 *
 * <p>Who holds nothing is let in with one item as long as there is room in what is shared, so that
 * an item larger than a share gets through.
 *
 * <p>Source: Choudhury and Hahne, "Dynamic queue length thresholds for shared-memory packet
 * switches", IEEE/ACM Transactions on Networking, 1998, with a factor of 1.
 */
final class Room {

  private final long maxUnits;
  private final long maxBytes;
  private final Held all = new Held();

  Room(long maxUnits, long maxBytes) {
    this.maxUnits = maxUnits;
    this.maxBytes = maxBytes;
  }

  /** What all hold together. */
  Held all() {
    return all;
  }

  /** Whether a publisher may hold so much more. */
  boolean admits(Held swarm, Held publisher, long units, long bytes) {
    if (all.nothing()) {
      return true;
    }
    if (swarm.nothing()) {
      return all.units() + units <= maxUnits && all.bytes() + bytes <= maxBytes;
    }
    long swarmUnits = shareOfSwarm(maxUnits, all.units(), swarm.units());
    long swarmBytes = shareOfSwarm(maxBytes, all.bytes(), swarm.bytes());
    if (publisher.nothing()) {
      return swarm.units() + units <= swarmUnits && swarm.bytes() + bytes <= swarmBytes;
    }
    return publisher.units() + units
            <= shareOfPublisher(swarmUnits, swarm.units(), publisher.units())
        && publisher.bytes() + bytes
            <= shareOfPublisher(swarmBytes, swarm.bytes(), publisher.bytes());
  }

  /** Whether a publisher has, with so much more, used no more than half of its share. */
  boolean easilyAdmits(Held swarm, Held publisher, long units, long bytes) {
    long swarmUnits = shareOfSwarm(maxUnits, all.units(), swarm.units());
    long swarmBytes = shareOfSwarm(maxBytes, all.bytes(), swarm.bytes());
    return publisher.units() + units
            <= shareOfPublisher(swarmUnits, swarm.units(), publisher.units()) / 2
        && publisher.bytes() + bytes
            <= shareOfPublisher(swarmBytes, swarm.bytes(), publisher.bytes()) / 2;
  }

  private static long shareOfSwarm(long max, long ofAll, long ofSwarm) {
    return (max - (ofAll - ofSwarm)) / 2;
  }

  private static long shareOfPublisher(long share, long ofSwarm, long ofPublisher) {
    return (share - (ofSwarm - ofPublisher)) / 2;
  }
}
