package dev.swarmlog.reliability.faults.power;

import java.util.Map;
import java.util.TreeMap;

/**
 * A folder of the model: the names it had when the power came, and those it has now. What lies
 * between is kept by {@link DiskModel}, in one order for all folders.
 */
final class DiskFolder implements DiskNode {
  final Map<String, DiskNode> flushed = new TreeMap<>();
  final Map<String, DiskNode> now = new TreeMap<>();

  /** An entry that is there from the beginning. */
  void begin(String name, DiskNode node) {
    flushed.put(name, node);
    now.put(name, node);
  }
}
