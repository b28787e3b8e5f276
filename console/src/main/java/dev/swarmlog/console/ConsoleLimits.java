package dev.swarmlog.console;

/** Every bound of the console. {@code docs/console.md} lists the same ones. */
final class ConsoleLimits {

  /** Requests that are worked at. */
  static final int THREADS = 8;

  /** Requests that wait for a thread. The connection of one more is closed. */
  static final int QUEUED_REQUESTS = 64;

  /** Connections the system holds before they are taken. */
  static final int BACKLOG = 32;

  /** Open connections. */
  static final int CONNECTIONS = 64;

  /** Time for a request to arrive whole, and for its answer to be read, in seconds each. */
  static final int EXCHANGE_S = 10;

  /** Time after which a connection without a request is closed, in seconds. */
  static final int IDLE_S = 60;

  /** Header lines of a request, and their bytes. */
  static final int HEADERS = 64;

  static final int HEADER_BYTES = 16 << 10;

  /** Characters of path and query of a request. */
  static final int TARGET_CHARS = 4_096;

  /** Time for the coordinator to answer, in seconds. */
  static final int CALL_S = 5;

  /** Swarms that one answer lists, or backlogs of agents. */
  static final int LISTED = 1_000;

  /** Operations that one answer lists, and that are gone through for it. */
  static final int LISTED_OPERATIONS = 500;

  static final int READ_OPERATIONS = 5_000;

  /** Bytes of payload that one answer lists of one operation. */
  static final int LISTED_PAYLOAD_BYTES = 1_024;

  /** Bytes of operations that are gone through for one answer. */
  static final int READ_BYTES = 16 << 20;

  private ConsoleLimits() {}

  /**
   * Tells the JDK's server. It reads system properties, once, so this comes before the first one is
   * made; what somebody has set already stays.
   */
  static void apply() {
    set("sun.net.httpserver.maxReqTime", EXCHANGE_S);
    set("sun.net.httpserver.maxRspTime", EXCHANGE_S);
    set("sun.net.httpserver.idleInterval", IDLE_S);
    set("sun.net.httpserver.maxReqHeaders", HEADERS);
    set("sun.net.httpserver.maxReqHeaderSize", HEADER_BYTES);
    set("jdk.httpserver.maxConnections", CONNECTIONS);
  }

  private static void set(String property, int value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, Integer.toString(value));
    }
  }
}
