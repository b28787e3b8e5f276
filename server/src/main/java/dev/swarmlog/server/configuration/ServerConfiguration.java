package dev.swarmlog.server.configuration;

import dev.swarmlog.v1.ConfigurationValue;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Everything an operator has set for one coordinator, understood and checked. Immutable.
 *
 * @param address where to listen
 * @param port 0 for a free one
 * @param dataDirectory where the log is stored; unused with {@code inMemory}
 * @param inMemory store nothing
 * @param shards writers of a new store; empty for half the cores, or what the store was made with
 * @param createSwarms whether a swarm is created when it is first used
 * @param reflection whether the contract may be asked for
 * @param insecure serve callers nobody has identified
 * @param tls empty for plain text
 * @param telemetrySync how often telemetry is flushed to the device; empty to leave it to the
 *     operating system
 * @param telemetryRetention how long telemetry is kept, at least
 * @param disk what happens when the device fills up
 * @param scrubInterval how often all that is stored is read to find damage; 0 for never
 * @param drift how drift is looked for
 * @param parking what happens to operations that agents cannot apply
 * @param breaker what happens to agents that cost others
 * @param drainTimeout how long to wait for agents when stopping
 * @param console the page on loopback; whoever starts the coordinator serves it
 * @param export where metrics and traces go, beside what OpenTelemetry's variables say; whoever
 *     owns the SDK applies it
 * @param logLevel how much to log; whoever owns the logging backend applies it
 * @param values each value as text, and where it came from, in the order of {@link Setting}
 */
public record ServerConfiguration(
    InetAddress address,
    int port,
    Path dataDirectory,
    boolean inMemory,
    Optional<Integer> shards,
    boolean createSwarms,
    boolean reflection,
    boolean insecure,
    Optional<TlsFiles> tls,
    Optional<Duration> telemetrySync,
    Duration telemetryRetention,
    DiskSettings disk,
    Duration scrubInterval,
    DriftSettings drift,
    ParkingSettings parking,
    BreakerSettings breaker,
    Duration drainTimeout,
    ConsoleSettings console,
    ExportSettings export,
    LogLevel logLevel,
    List<ConfigurationValue> values) {

  /** How much to log. */
  public enum LogLevel {
    ERROR,
    WARN,
    INFO,
    DEBUG,
    TRACE
  }

  /**
   * PEM files of the transport.
   *
   * @param certificate the coordinator's chain, its own first
   * @param key its private key
   * @param clientCa whom to trust to certify clients; empty to ask clients for no certificate
   */
  public record TlsFiles(Path certificate, Path key, Optional<Path> clientCa) {}

  public ServerConfiguration {
    values = List.copyOf(values);
  }

  /**
   * Reads the configuration: defaults, then the file, then the environment, then flags.
   *
   * @param file HOCON or JSON; empty for none
   * @param environment of the process; only names that begin with {@code SWARMLOG_} count
   * @param flags by name without dashes, see {@link Setting#flag()}
   * @throws ConfigurationException if anything is unknown or wrong; names all of it
   */
  public static ServerConfiguration load(
      Optional<Path> file, Map<String, String> environment, Map<String, String> flags)
      throws ConfigurationException {
    ConfigurationSources sources = new ConfigurationSources();
    file.ifPresent(sources::addFile);
    sources.addEnvironment(environment);
    sources.addFlags(flags);
    return new ConfigurationReader(sources).read();
  }

  /** Whether only this machine can connect. */
  public boolean onLoopback() {
    return address.isLoopbackAddress();
  }

  /** The values as lines for a person: name, value, where from. */
  public List<String> describe() {
    int nameWidth = values.stream().mapToInt(v -> v.getName().length()).max().orElse(0);
    int valueWidth = values.stream().mapToInt(v -> v.getValue().length()).max().orElse(0);
    String format = "%-" + nameWidth + "s = %-" + valueWidth + "s  (%s)";
    return values.stream()
        .map(v -> format.formatted(v.getName(), v.getValue(), v.getOrigin()))
        .toList();
  }
}
