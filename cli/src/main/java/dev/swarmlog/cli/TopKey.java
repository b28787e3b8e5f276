package dev.swarmlog.cli;

/** What a key means in {@code top}. */
enum TopKey {
  QUIT,
  UP,
  DOWN,
  PAGE_UP,
  PAGE_DOWN,
  ENTER,
  BACK,
  RATE,
  BACKLOG,
  LAG,
  NAME,
  NONE
}
