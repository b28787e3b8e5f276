package dev.swarmlog.server.configuration;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * One value an operator may set: its name in the file, and derived from that its environment
 * variable and its flag.
 *
 * <p>{@code tls.client-ca} in the file is {@code SWARMLOG_TLS_CLIENT_CA} in the environment and
 * {@code --tls-client-ca} on the command line.
 */
public enum Setting {
  ADDRESS(
      "address",
      "127.0.0.1",
      "an IP address or a host name of this machine",
      "Where to listen. Anything but loopback needs TLS, or insecure."),
  PORT("port", "7400", "a number from 0 to 65535", "Which port to listen on; 0 for a free one."),
  DATA_DIRECTORY(
      "data-directory",
      "swarmlog-data",
      "a path",
      "Where the log is stored; created if it is not there."),
  IN_MEMORY(
      "in-memory",
      "false",
      "true or false",
      "Keep everything in memory and lose it at the end; for tests."),
  SHARDS(
      "shards",
      "auto",
      "auto or a number from 1 to 1024",
      "Writers of a new store; auto is half the cores. Fixed once the store exists."),
  CREATE_SWARMS(
      "create-swarms",
      "auto",
      "auto, true or false",
      "Create a swarm when it is first used; auto is true on loopback."),
  REFLECTION(
      "reflection",
      "auto",
      "auto, true or false",
      "Let clients ask for the contract by gRPC reflection; auto is true on loopback."),
  INSECURE(
      "insecure",
      "false",
      "true or false",
      "Serve callers nobody has identified, on any address. Whoever reaches the port may do everything."),
  TLS_CERTIFICATE(
      "tls.certificate",
      "",
      "a path of a readable PEM file",
      "The coordinator's certificate chain; read again when it changes."),
  TLS_KEY(
      "tls.key",
      "",
      "a path of a readable PEM file",
      "The private key of that certificate, PKCS #8; read again when it changes."),
  TLS_CLIENT_CA(
      "tls.client-ca",
      "",
      "a path of a readable PEM file",
      "Whom to trust to certify clients; a client then needs a certificate with a URI SAN."),
  TELEMETRY_DURABILITY(
      "telemetry-durability",
      "interval:50ms",
      "os, or interval: and a time from 1ms to 60s",
      "When telemetry is flushed to the device. Commands always are before their ack."),
  TELEMETRY_RETENTION(
      "telemetry-retention",
      "1h",
      "a time from 1m to 8760h, such as 90m or 24h",
      "How long telemetry is kept. Commands are kept until somebody compacts their log."),
  DISK_LOW(
      "disk.low",
      "512MiB",
      "a size from 0MiB to 1024GiB, such as 512MiB or 4GiB",
      "With less free space main and telemetry are refused; control goes on. 0MiB for never."),
  DISK_RESERVE(
      "disk.reserve",
      "64MiB",
      "a size from 0MiB to 64GiB, such as 64MiB",
      "Space that is held back in the data directory, and given up when the disk is full."),
  SCRUB_INTERVAL(
      "scrub-interval",
      "24h",
      "a time from 0s to 8760h, such as 24h",
      "How often all that is stored is read, in the background, to find damage. 0s for never."),
  DRIFT_CHECK_INTERVAL(
      "drift.check-interval",
      "10s",
      "a time from 0s to 24h, such as 10s",
      "How often each agent's sums are compared with the log; 0s for never."),
  DRIFT_WINDOW(
      "drift.window",
      "1h",
      "a time from 1s to 720h, such as 1h",
      "How far back drifts of an agent count for the next three."),
  DRIFT_SEARCHES(
      "drift.searches",
      "20",
      "a number from 1 to 100000",
      "How often an agent is asked what it holds, at most; then its sums are not looked at."),
  DRIFT_SNAPSHOT_AFTER(
      "drift.snapshot-after",
      "3",
      "a number from 0 to 1000",
      "From so many drifts on an agent is sent its whole keyed state; 0 for never."),
  DRIFT_STOP_AFTER(
      "drift.stop-after",
      "0",
      "a number from 0 to 1000",
      "From so many drifts on an agent is not fed until it is released; 0 for never."),
  PARKING_ATTEMPTS(
      "parking.attempts",
      "5",
      "a number from 1 to 1000",
      "What an agent has tried so often in vain is parked instead of tried again."),
  BREAKER_WAIT(
      "breaker.wait",
      "5s",
      "a time from 0s to 5m, such as 5s",
      "How long an agent that costs others is not served at first; 0s: agents are always served."),
  DRAIN_TIMEOUT(
      "drain-timeout",
      "10s",
      "a time from 0s to 10m, such as 10s or 500ms",
      "How long a stopping coordinator waits for its agents to finish."),
  CONSOLE(
      "console",
      "auto",
      "auto, true or false",
      "Show a page on loopback, to look on; auto is true unless clients need a certificate."),
  CONSOLE_PORT(
      "console-port",
      "7480",
      "a number from 0 to 65535",
      "Port of that page; 0 for a free one, which is also taken where nobody set it and 7480 is taken."),
  PROMETHEUS(
      "prometheus",
      "true",
      "true or false",
      "Keep metrics for a Prometheus that asks for /metrics."),
  TRACE_FILE(
      "trace-file",
      "",
      "a path",
      "Write traces to this file, for Jaeger's page; 64 MiB, and as much before in FILE.1."),
  LOG_LEVEL("log-level", "info", "error, warn, info, debug or trace", "How much to log.");

  private final String key;
  private final String defaultText;
  private final String expects;
  private final String help;

  Setting(String key, String defaultText, String expects, String help) {
    this.key = key;
    this.defaultText = defaultText;
    this.expects = expects;
    this.help = help;
  }

  /** Name in the file and in {@code status}, such as {@code tls.client-ca}. */
  public String key() {
    return key;
  }

  /** The value when nobody sets it; empty for "not set". */
  public String defaultText() {
    return defaultText;
  }

  /** What a value must be, to be read after "Expected". */
  public String expects() {
    return expects;
  }

  /** One line for a person. */
  public String help() {
    return help;
  }

  /** Such as {@code SWARMLOG_TLS_CLIENT_CA}. */
  public String environmentVariable() {
    return "SWARMLOG_" + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }

  /** Without dashes in front, such as {@code tls-client-ca}. */
  public String flag() {
    return key.replace('.', '-');
  }

  static Optional<Setting> ofKey(String key) {
    return Arrays.stream(values()).filter(s -> s.key.equals(key)).findFirst();
  }

  static Optional<Setting> ofEnvironmentVariable(String name) {
    return Arrays.stream(values()).filter(s -> s.environmentVariable().equals(name)).findFirst();
  }

  static Optional<Setting> ofFlag(String flag) {
    return Arrays.stream(values()).filter(s -> s.flag().equals(flag)).findFirst();
  }
}
