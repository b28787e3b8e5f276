package dev.swarmlog.demo.polyglot;

/** What goes wrong for one agent. */
enum Fault {
  /** Its process is killed, and started again. */
  KILL,
  /** Its connections are closed. */
  CUT,
  /** Nothing reaches it, nor comes from it, for a while. */
  PARTITION
}
