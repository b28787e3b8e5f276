package dev.swarmlog.server.configuration;

import dev.swarmlog.server.configuration.ServerConfiguration.LogLevel;
import dev.swarmlog.server.configuration.ServerConfiguration.TlsFiles;
import dev.swarmlog.v1.ConfigurationValue;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Turns the text that wins for each setting into a checked configuration, and collects all that is
 * wrong.
 */
final class ConfigurationReader {

  private static final Pattern TIME = Pattern.compile("(\\d{1,9})\\s*(ms|s|m|h)");
  private static final Pattern SIZE = Pattern.compile("(\\d{1,9})\\s*(mib|gib)");
  private static final long MAX_DISK_LOW = 1L << 40;
  private static final long MAX_DISK_RESERVE = 64L << 30;
  private static final String INTERVAL = "interval:";
  private static final Duration MIN_TELEMETRY_RETENTION = Duration.ofMinutes(1);
  private static final Duration MAX_TELEMETRY_RETENTION = Duration.ofHours(8_760);
  private static final Duration MAX_SCRUB_INTERVAL = Duration.ofHours(8_760);
  private static final Duration MAX_DRIFT_INTERVAL = Duration.ofHours(24);
  private static final Duration MIN_DRIFT_WINDOW = Duration.ofSeconds(1);
  private static final Duration MAX_DRIFT_WINDOW = Duration.ofHours(720);
  private static final int MAX_DRIFTS = 1_000;
  private static final int MAX_ATTEMPTS = 1_000;
  private static final Duration MAX_BREAKER_WAIT = Duration.ofMinutes(5);
  private static final int MAX_SEARCHES = 100_000;
  private static final Duration MAX_DRAIN = Duration.ofMinutes(10);
  private static final Duration MAX_TELEMETRY_SYNC = Duration.ofSeconds(60);
  private static final int MAX_SHARDS = 1024;

  private final Map<Setting, GivenValue> values;
  private final List<String> problems;

  ConfigurationReader(ConfigurationSources sources) {
    this.values = sources.values();
    this.problems = new ArrayList<>(sources.problems());
  }

  ServerConfiguration read() throws ConfigurationException {
    InetAddress address =
        value(Setting.ADDRESS, ConfigurationReader::address, InetAddress.getLoopbackAddress());
    boolean loopback = address.isLoopbackAddress();
    boolean insecure = value(Setting.INSECURE, ConfigurationReader::bool, false);
    Optional<TlsFiles> tls = tls();
    ServerConfiguration configuration =
        new ServerConfiguration(
            address,
            value(Setting.PORT, text -> number(text, 0, 65_535), 0),
            value(Setting.DATA_DIRECTORY, ConfigurationReader::path, Path.of("")),
            value(Setting.IN_MEMORY, ConfigurationReader::bool, false),
            value(Setting.SHARDS, ConfigurationReader::shards, Optional.empty()),
            value(Setting.CREATE_SWARMS, text -> boolOrAuto(text, loopback), loopback),
            value(Setting.REFLECTION, text -> boolOrAuto(text, loopback), loopback),
            insecure,
            tls,
            value(
                Setting.TELEMETRY_DURABILITY, ConfigurationReader::telemetrySync, Optional.empty()),
            value(
                Setting.TELEMETRY_RETENTION,
                text -> time(text, MIN_TELEMETRY_RETENTION, MAX_TELEMETRY_RETENTION),
                MIN_TELEMETRY_RETENTION),
            new DiskSettings(
                value(Setting.DISK_LOW, text -> size(text, MAX_DISK_LOW), 0L),
                value(Setting.DISK_RESERVE, text -> size(text, MAX_DISK_RESERVE), 0L)),
            value(
                Setting.SCRUB_INTERVAL,
                text -> time(text, Duration.ZERO, MAX_SCRUB_INTERVAL),
                Duration.ZERO),
            drift(),
            new ParkingSettings(
                value(Setting.PARKING_ATTEMPTS, text -> number(text, 1, MAX_ATTEMPTS), 1)),
            new BreakerSettings(
                value(
                    Setting.BREAKER_WAIT,
                    text -> time(text, Duration.ZERO, MAX_BREAKER_WAIT),
                    Duration.ZERO)),
            value(
                Setting.DRAIN_TIMEOUT, text -> time(text, Duration.ZERO, MAX_DRAIN), Duration.ZERO),
            console(tls),
            new ExportSettings(
                value(Setting.PROMETHEUS, ConfigurationReader::bool, false),
                value(Setting.TRACE_FILE, ConfigurationReader::pathOrNone, Optional.empty())),
            value(Setting.LOG_LEVEL, ConfigurationReader::logLevel, LogLevel.INFO),
            origins());
    if (!loopback && !insecure) {
      requireIdentities(tls);
    }
    if (!problems.isEmpty()) {
      throw new ConfigurationException(problems);
    }
    return configuration;
  }

  /**
   * Who demands certificates of its clients does not show everybody on the machine what they do.
   */
  private ConsoleSettings console(Optional<TlsFiles> tls) {
    boolean open = tls.flatMap(TlsFiles::clientCa).isEmpty();
    return new ConsoleSettings(
        value(Setting.CONSOLE, text -> boolOrAuto(text, open), false),
        value(Setting.CONSOLE_PORT, text -> number(text, 0, 65_535), 0),
        !given(Setting.CONSOLE_PORT).origin().equals("default"));
  }

  private DriftSettings drift() {
    return new DriftSettings(
        value(
            Setting.DRIFT_CHECK_INTERVAL,
            text -> time(text, Duration.ZERO, MAX_DRIFT_INTERVAL),
            Duration.ZERO),
        value(
            Setting.DRIFT_WINDOW,
            text -> time(text, MIN_DRIFT_WINDOW, MAX_DRIFT_WINDOW),
            MIN_DRIFT_WINDOW),
        value(Setting.DRIFT_SEARCHES, text -> number(text, 1, MAX_SEARCHES), 1),
        value(Setting.DRIFT_SNAPSHOT_AFTER, text -> number(text, 0, MAX_DRIFTS), 0),
        value(Setting.DRIFT_STOP_AFTER, text -> number(text, 0, MAX_DRIFTS), 0));
  }

  /** Beyond this machine, callers must be known, and nobody may listen in. */
  private void requireIdentities(Optional<TlsFiles> tls) {
    GivenValue address = given(Setting.ADDRESS);
    if (tls.isEmpty()) {
      problems.add(
          "Expected TLS on an address that others can reach, but %s (%s) comes without tls.certificate and tls.key; "
                  .formatted(address.text(), address.origin())
              + "set them, or listen on 127.0.0.1, or set insecure to serve everyone in plain text");
    } else if (tls.get().clientCa().isEmpty()) {
      problems.add(
          "Expected a way to identify callers on an address that others can reach, but %s (%s) comes without "
                  .formatted(address.text(), address.origin())
              + "tls.client-ca, so every call would be refused; set it, or set insecure to serve everyone");
    }
  }

  private Optional<TlsFiles> tls() {
    Optional<Path> none = Optional.empty();
    Optional<Path> certificate =
        value(Setting.TLS_CERTIFICATE, ConfigurationReader::readableFile, none);
    Optional<Path> key = value(Setting.TLS_KEY, ConfigurationReader::readableFile, none);
    Optional<Path> clientCa = value(Setting.TLS_CLIENT_CA, ConfigurationReader::readableFile, none);
    if (isSet(Setting.TLS_CERTIFICATE) != isSet(Setting.TLS_KEY)) {
      Setting present = isSet(Setting.TLS_CERTIFICATE) ? Setting.TLS_CERTIFICATE : Setting.TLS_KEY;
      problems.add(
          "Expected tls.certificate and tls.key together, but only %s is set (%s)"
              .formatted(present.key(), given(present).origin()));
    } else if (isSet(Setting.TLS_CLIENT_CA) && !isSet(Setting.TLS_CERTIFICATE)) {
      problems.add(
          "Expected tls.certificate and tls.key beside tls.client-ca, but only that is set (%s)"
              .formatted(given(Setting.TLS_CLIENT_CA).origin()));
    }
    return certificate.isPresent() && key.isPresent()
        ? Optional.of(new TlsFiles(certificate.get(), key.get(), clientCa))
        : Optional.empty();
  }

  private List<ConfigurationValue> origins() {
    List<ConfigurationValue> origins = new ArrayList<>();
    values.forEach(
        (setting, given) ->
            origins.add(
                ConfigurationValue.newBuilder()
                    .setName(setting.key())
                    .setValue(given.text())
                    .setOrigin(given.origin())
                    .build()));
    return origins;
  }

  /** The parsed value; {@code fallback} only keeps the reading going after a problem was noted. */
  private <T> T value(Setting setting, Function<String, Optional<T>> parse, T fallback) {
    GivenValue given = given(setting);
    Optional<T> parsed = parse.apply(given.text().strip());
    if (parsed.isEmpty()) {
      problems.add(ConfigurationSources.bad(setting, "\"" + given.text() + "\"", given.origin()));
    }
    return parsed.orElse(fallback);
  }

  private GivenValue given(Setting setting) {
    return values.getOrDefault(setting, new GivenValue(setting.defaultText(), "default"));
  }

  private boolean isSet(Setting setting) {
    return !given(setting).text().isBlank();
  }

  private static Optional<InetAddress> address(String text) {
    if (text.isEmpty()) {
      // The JDK takes an empty name for loopback; an operator may have meant "everywhere".
      return Optional.empty();
    }
    try {
      return Optional.of(InetAddress.getByName(text));
    } catch (UnknownHostException e) {
      return Optional.empty();
    }
  }

  private static Optional<Integer> number(String text, int min, int max) {
    try {
      int number = Integer.parseInt(text);
      return number >= min && number <= max ? Optional.of(number) : Optional.empty();
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static Optional<Boolean> bool(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "true" -> Optional.of(true);
      case "false" -> Optional.of(false);
      default -> Optional.empty();
    };
  }

  private static Optional<Boolean> boolOrAuto(String text, boolean auto) {
    return text.equalsIgnoreCase("auto") ? Optional.of(auto) : bool(text);
  }

  private static Optional<Optional<Integer>> shards(String text) {
    return text.equalsIgnoreCase("auto")
        ? Optional.of(Optional.empty())
        : number(text, 1, MAX_SHARDS).map(Optional::of);
  }

  private static Optional<Path> path(String text) {
    try {
      return text.isEmpty() ? Optional.empty() : Optional.of(Path.of(text));
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  private static Optional<Optional<Path>> pathOrNone(String text) {
    return text.isEmpty() ? Optional.of(Optional.empty()) : path(text).map(Optional::of);
  }

  private static Optional<Optional<Path>> readableFile(String text) {
    return text.isEmpty()
        ? Optional.of(Optional.empty())
        : path(text).filter(Files::isRegularFile).filter(Files::isReadable).map(Optional::of);
  }

  private static Optional<Duration> time(String text, Duration min, Duration max) {
    Matcher matcher = TIME.matcher(text.toLowerCase(Locale.ROOT));
    if (!matcher.matches()) {
      return Optional.empty();
    }
    long count = Long.parseLong(matcher.group(1));
    Duration time =
        switch (matcher.group(2)) {
          case "ms" -> Duration.ofMillis(count);
          case "s" -> Duration.ofSeconds(count);
          case "m" -> Duration.ofMinutes(count);
          default -> Duration.ofHours(count);
        };
    return time.compareTo(min) >= 0 && time.compareTo(max) <= 0
        ? Optional.of(time)
        : Optional.empty();
  }

  private static Optional<Long> size(String text, long max) {
    Matcher matcher = SIZE.matcher(text.toLowerCase(Locale.ROOT));
    if (!matcher.matches()) {
      return Optional.empty();
    }
    int shift = matcher.group(2).equals("mib") ? 20 : 30;
    long size = Long.parseLong(matcher.group(1)) << shift;
    return size <= max ? Optional.of(size) : Optional.empty();
  }

  private static Optional<Optional<Duration>> telemetrySync(String text) {
    if (text.equalsIgnoreCase("os")) {
      return Optional.of(Optional.empty());
    }
    return text.startsWith(INTERVAL)
        ? time(text.substring(INTERVAL.length()), Duration.ofMillis(1), MAX_TELEMETRY_SYNC)
            .map(Optional::of)
        : Optional.empty();
  }

  private static Optional<LogLevel> logLevel(String text) {
    try {
      return Optional.of(LogLevel.valueOf(text.toUpperCase(Locale.ROOT)));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
