package dev.swarmlog.server;

/**
 * Who makes a call, as the transport proved it; never taken from a payload.
 *
 * @param name {@code local} on loopback without credentials, {@code anonymous} where the operator
 *     allows it, {@code console} for the coordinator's own console, else the URI SAN of the
 *     client's certificate
 */
public record Principal(String name) {

  /** Someone nobody has identified, served because the operator said {@code insecure}. */
  public static final Principal ANONYMOUS = new Principal("anonymous");

  /** Someone on this machine, without credentials, on a loopback address. Has every grant. */
  public static final Principal LOCAL = new Principal("local");

  /** The console of the coordinator's own process. May look on, and nothing else. */
  public static final Principal CONSOLE = new Principal("console");

  public Principal {
    if (name.isBlank()) {
      throw new IllegalArgumentException("Expected a principal's name, but got a blank one");
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
