package dev.swarmlog.reliability.simulation;

import dev.swarmlog.server.Threads;
import dev.swarmlog.storage.kv.KeyValueStore;

/** What is built wrong on purpose, at the seams of a simulation; nothing by default. */
interface Bugs {

  /** Nothing is wrong. */
  Bugs NONE = new Bugs() {};

  /** The store that a coordinator opens. */
  default KeyValueStore store(VirtualDisk.Store store) {
    return store;
  }

  /** The threads of a coordinator. */
  default Threads threads(Threads threads) {
    return threads;
  }

  /** Whether losing power leaves half of a batch. */
  default boolean tearsBatches() {
    return false;
  }

  /** Whether agents save their cursor before their effects. */
  default boolean cursorBeforeEffect() {
    return false;
  }

  /** Whether acks wait until the disk has what they say, whatever the coordinator believes. */
  default boolean holdsAcks() {
    return false;
  }
}
