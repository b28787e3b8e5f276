package dev.swarmlog.server.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.swarmlog.server.configuration.ServerConfiguration.LogLevel;
import dev.swarmlog.v1.ConfigurationValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class ServerConfigurationTest {

  @TempDir Path directory;

  @Test
  void shouldListenOnLoopbackWhenNothingIsSet() throws Exception {
    // when
    ServerConfiguration configuration = load(Map.of(), Map.of());

    // then
    assertThat(configuration.address().getHostAddress()).isEqualTo("127.0.0.1");
    assertThat(configuration.onLoopback()).isTrue();
    assertThat(configuration.port()).isEqualTo(7400);
    assertThat(configuration.shards()).isEmpty();
    assertThat(configuration.inMemory()).isFalse();
    assertThat(configuration.createSwarms()).isTrue();
    assertThat(configuration.reflection()).isTrue();
    assertThat(configuration.tls()).isEmpty();
    assertThat(configuration.insecure()).isFalse();
    assertThat(configuration.telemetrySync()).contains(Duration.ofMillis(50));
    assertThat(configuration.logLevel()).isEqualTo(LogLevel.INFO);
    assertThat(configuration.values()).allMatch(value -> value.getOrigin().equals("default"));
  }

  @Test
  void shouldLetFlagWinOverEnvironmentOverFileOverDefault() throws Exception {
    // given
    Path file = file("# ports\nport = 1\nshards = 3\ndrain-timeout = 1s\n");

    // when
    ServerConfiguration configuration =
        ServerConfiguration.load(
            Optional.of(file),
            Map.of("SWARMLOG_PORT", "2", "SWARMLOG_SHARDS", "4", "PATH", "/bin"),
            Map.of("port", "3"));

    // then
    assertThat(configuration.port()).isEqualTo(3);
    assertThat(configuration.shards()).contains(4);
    assertThat(configuration.drainTimeout()).isEqualTo(Duration.ofSeconds(1));
    assertThat(origin(configuration, "port")).isEqualTo("flag --port");
    assertThat(origin(configuration, "shards")).isEqualTo("environment SWARMLOG_SHARDS");
    assertThat(origin(configuration, "drain-timeout")).isEqualTo("file swarmlog.conf:4");
    assertThat(origin(configuration, "address")).isEqualTo("default");
    assertThat(configuration.describe())
        .anySatisfy(line -> assertThat(line).matches("port +=  ?3 +\\(flag --port\\)"));
  }

  @ParameterizedTest
  @EnumSource(Setting.class)
  void shouldTakeEverySettingFromFileEnvironmentAndFlag(Setting setting) throws Exception {
    // given
    Path pem = Files.writeString(directory.resolve("any.pem"), "any");
    String text =
        switch (setting) {
          case ADDRESS -> "127.0.0.2";
          case PORT, CONSOLE_PORT -> "0";
          case DATA_DIRECTORY -> directory.toString();
          case IN_MEMORY, CREATE_SWARMS, REFLECTION, CONSOLE, INSECURE -> "true";
          case SHARDS -> "1024";
          case TLS_CERTIFICATE, TLS_KEY, TLS_CLIENT_CA -> pem.toString();
          case TELEMETRY_DURABILITY -> "os";
          case TELEMETRY_RETENTION -> "24h";
          case DISK_LOW, DISK_RESERVE -> "3GiB";
          case SCRUB_INTERVAL -> "12h";
          case DRIFT_CHECK_INTERVAL -> "30s";
          case DRIFT_WINDOW -> "2h";
          case DRIFT_SEARCHES -> "7";
          case DRIFT_SNAPSHOT_AFTER -> "5";
          case DRIFT_STOP_AFTER -> "9";
          case PARKING_ATTEMPTS -> "3";
          case BREAKER_WAIT -> "1s";
          case DRAIN_TIMEOUT -> "10m";
          case PROMETHEUS -> "false";
          case TRACE_FILE -> "traces.jsonl";
          case LOG_LEVEL -> "debug";
        };
    Path file = file("%s = \"%s\"%n".formatted(setting.key(), text));

    // when
    ConfigurationSources sources = new ConfigurationSources();
    sources.addFile(file);
    GivenValue fromFile = sources.values().get(setting);
    sources.addEnvironment(Map.of(setting.environmentVariable(), text));
    GivenValue fromEnvironment = sources.values().get(setting);
    sources.addFlags(Map.of(setting.flag(), text));
    GivenValue fromFlag = sources.values().get(setting);

    // then
    assertThat(sources.problems()).isEmpty();
    assertThat(fromFile).isEqualTo(new GivenValue(text, "file swarmlog.conf:1"));
    assertThat(fromEnvironment)
        .isEqualTo(new GivenValue(text, "environment " + setting.environmentVariable()));
    assertThat(fromFlag).isEqualTo(new GivenValue(text, "flag --" + setting.flag()));
  }

  @ParameterizedTest
  @CsvSource({
    "address, ''",
    "address, no such host.invalid",
    "port, -1",
    "port, 65536",
    "port, seven",
    "port, ''",
    "port, 7400.5",
    "data-directory, ''",
    "in-memory, perhaps",
    "shards, 0",
    "shards, 1025",
    "shards, many",
    "create-swarms, 1",
    "reflection, sometimes",
    "insecure, yes",
    "tls-certificate, /no/such/file.pem",
    "tls-key, /no/such/file.pem",
    "tls-client-ca, /no/such/file.pem",
    "telemetry-durability, always",
    "telemetry-durability, interval:0ms",
    "telemetry-durability, interval:2m",
    "telemetry-durability, interval:fast",
    "drain-timeout, 11m",
    "drain-timeout, -1s",
    "drain-timeout, 10",
    "drain-timeout, 99999999999s",
    "log-level, loud"
  })
  void shouldRefuseBadValue(String flag, String text) {
    // when
    ConfigurationException refused = refusal(Map.of(), Map.of(flag, text));

    // then
    assertThat(refused.problems())
        .anySatisfy(
            problem ->
                assertThat(problem)
                    .startsWith("Expected ")
                    .contains(", but got \"" + text + "\"")
                    .endsWith("(flag --" + flag + ")"));
  }

  @Test
  void shouldRefuseUnknownKeysWhereverTheyComeFrom() throws Exception {
    // given
    Path file = file("port = 1\nprot = 2\ntls { cert = a }\n");

    // when
    ConfigurationException refused =
        catchThrowableOfType(
            ConfigurationException.class,
            () ->
                ServerConfiguration.load(
                    Optional.of(file), Map.of("SWARMLOG_PROT", "3"), Map.of("prot", "4")));

    // then
    assertThat(refused.problems())
        .hasSize(4)
        .allSatisfy(problem -> assertThat(problem).startsWith("Expected one of "))
        .anySatisfy(problem -> assertThat(problem).endsWith("but got prot (file swarmlog.conf:2)"))
        .anySatisfy(
            problem -> assertThat(problem).endsWith("but got tls.cert (file swarmlog.conf:3)"))
        .anySatisfy(
            problem ->
                assertThat(problem).endsWith("but got SWARMLOG_PROT (environment SWARMLOG_PROT)"))
        .anySatisfy(problem -> assertThat(problem).endsWith("but got prot (flag --prot)"));
  }

  @Test
  void shouldNameAllProblemsAtOnce() {
    // when
    ConfigurationException refused =
        refusal(Map.of("SWARMLOG_PORT", "x"), Map.of("shards", "y", "log-level", "z"));

    // then
    assertThat(refused.problems()).hasSize(3);
    assertThat(refused).hasMessageContaining("port").hasMessageContaining("log-level");
  }

  @Test
  void shouldRefuseListWhereOneValueIsExpected() throws Exception {
    // given
    Path file = file("port = [1, 2]\n");

    // then
    assertThatThrownBy(() -> ServerConfiguration.load(Optional.of(file), Map.of(), Map.of()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage(
            "Expected port to be a number from 0 to 65535, but got a list (file swarmlog.conf:1)");
  }

  @Test
  void shouldRefuseFileThatIsMissingOrNoHocon() throws Exception {
    // given
    Path missing = directory.resolve("missing.conf");
    Path broken = file("port = {\n");

    // then
    assertThatThrownBy(() -> ServerConfiguration.load(Optional.of(missing), Map.of(), Map.of()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith(
            "Expected a configuration file that can be read, but there is none at");
    assertThatThrownBy(() -> ServerConfiguration.load(Optional.of(broken), Map.of(), Map.of()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith("Expected a configuration file in HOCON or JSON, but ");
  }

  @Test
  void shouldTakeWhatAnIncludedFileSays() throws Exception {
    // given
    Path included = Files.createDirectory(directory.resolve("parts")).resolve("ports.conf");
    Files.writeString(included, "include \"more.json\"\nport = 7501\n");
    Files.writeString(included.resolveSibling("more.json"), "{\"shards\": 3}");

    // when
    ServerConfiguration configuration =
        ServerConfiguration.load(
            Optional.of(file("include \"parts/ports.conf\"\n")), Map.of(), Map.of());

    // then
    assertThat(configuration.port()).isEqualTo(7501);
    assertThat(configuration.shards()).contains(3);
    assertThat(origin(configuration, "port")).isEqualTo("file ports.conf:2");
  }

  @ParameterizedTest
  @CsvSource({
    "missing.conf, there is none at",
    "missing, there is none at",
    "required(missing.conf), there is none at",
    "file(missing.conf), there is none at",
    "swarmlog.conf, includes itself",
    "there.conf, includes itself",
    "broken.conf, cannot be read",
    "folder, is no regular file",
    "large.conf, 'has 1,048,577 bytes'",
    "url(http://localhost/x.conf), is no file",
    "classpath(x.conf), is no file",
  })
  void shouldRefuseIncludeThatCannotBeRead(String included, String words) throws Exception {
    // given
    Files.writeString(directory.resolve("there.conf"), "include \"swarmlog.conf\"\n");
    Files.writeString(directory.resolve("broken.conf"), "port = {\n");
    Files.writeString(directory.resolve("large.conf"), "#" + " ".repeat(1 << 20));
    Files.createDirectory(directory.resolve("folder"));
    String quoted =
        included.contains("(")
            ? included.replace("(", "(\"").replace(")", "\")")
            : "\"" + included + "\"";
    Path file = file("port = 7501\ninclude " + quoted + "\n");

    // then
    assertThatThrownBy(() -> ServerConfiguration.load(Optional.of(file), Map.of(), Map.of()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith("Expected ")
        .hasMessageContaining(words)
        .hasMessageContaining("include");
  }

  @ParameterizedTest
  @CsvSource({"/dev/zero, is no regular file", "large.conf, 'has 1,048,577 bytes'"})
  @Timeout(10)
  void shouldRefuseFileThatIsNoSmallRegularOne(String name, String words) throws Exception {
    // given
    Files.writeString(directory.resolve("large.conf"), "#" + " ".repeat(1 << 20));
    Path file = directory.resolve(name);

    // then
    assertThatThrownBy(() -> ServerConfiguration.load(Optional.of(file), Map.of(), Map.of()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith("Expected a configuration file of at most 1,048,576 bytes, but ")
        .hasMessageContaining(words);
  }

  @Test
  void shouldRefuseFileThatIsNestedTooDeeply() throws Exception {
    // given
    Path file = file("port = " + "[".repeat(1_000_000));

    // then
    assertThatThrownBy(() -> ServerConfiguration.load(Optional.of(file), Map.of(), Map.of()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith("Expected a configuration file in HOCON or JSON, but ");
  }

  @Test
  void shouldIgnoreVariablesOfOthers() throws Exception {
    // when
    ServerConfiguration configuration =
        load(
            Map.of(
                "SWARMLOG_SERVER",
                "/x",
                "SWARMLOG_CONFIG",
                "/y",
                "SWARMLOG_HOME",
                "/w",
                "HOME",
                "/z"),
            Map.of());

    // then
    assertThat(configuration.values())
        .extracting(ConfigurationValue::getOrigin)
        .containsOnly("default");
  }

  @ParameterizedTest
  @CsvSource({"0.0.0.0", "::", "192.0.2.1", "203.0.113.7"})
  void shouldRefusePublicAddressWithoutTls(String address) {
    // when
    ConfigurationException refused = refusal(Map.of(), Map.of("address", address));

    // then
    assertThat(refused)
        .hasMessageStartingWith("Expected TLS on an address that others can reach")
        .hasMessageContaining("flag --address")
        .hasMessageContaining("insecure");
  }

  @Test
  void shouldRefusePublicAddressWithTlsThatIdentifiesNobody() throws Exception {
    // given
    String pem = Files.writeString(directory.resolve("any.pem"), "any").toString();

    // when
    ConfigurationException refused =
        refusal(Map.of(), Map.of("address", "0.0.0.0", "tls-certificate", pem, "tls-key", pem));

    // then
    assertThat(refused).hasMessageContaining("tls.client-ca");
  }

  @Test
  void shouldTakePublicAddressWithMutualTlsOrInsecure() throws Exception {
    // given
    String pem = Files.writeString(directory.resolve("any.pem"), "any").toString();

    // when
    ServerConfiguration mutual =
        load(
            Map.of(),
            Map.of(
                "address",
                "0.0.0.0",
                "tls-certificate",
                pem,
                "tls-key",
                pem,
                "tls-client-ca",
                pem));
    ServerConfiguration insecure = load(Map.of(), Map.of("address", "0.0.0.0", "insecure", "true"));

    // then
    assertThat(mutual.tls()).isPresent();
    assertThat(mutual.createSwarms()).isFalse();
    assertThat(mutual.reflection()).isFalse();
    assertThat(insecure.tls()).isEmpty();
    assertThat(insecure.insecure()).isTrue();
  }

  @Test
  void shouldShowTheConsoleUnlessClientsNeedACertificate() throws Exception {
    // given
    String pem = Files.writeString(directory.resolve("any.pem"), "any").toString();
    Map<String, String> tls = Map.of("tls-certificate", pem, "tls-key", pem);
    Map<String, String> mutual =
        Map.of("tls-certificate", pem, "tls-key", pem, "tls-client-ca", pem);
    Map<String, String> asked =
        Map.of("tls-certificate", pem, "tls-key", pem, "tls-client-ca", pem, "console", "true");

    // then
    assertThat(load(Map.of(), Map.of()).console())
        .isEqualTo(new ConsoleSettings(true, 7480, false));
    assertThat(load(Map.of(), tls).console().shown()).isTrue();
    assertThat(load(Map.of(), mutual).console().shown()).isFalse();
    assertThat(load(Map.of(), asked).console().shown()).isTrue();
    assertThat(load(Map.of("SWARMLOG_CONSOLE_PORT", "7480"), Map.of()).console().portChosen())
        .isTrue();
  }

  @ParameterizedTest
  @CsvSource({"tls-certificate", "tls-key", "tls-client-ca"})
  void shouldRefuseTlsFilesThatAreNotTogether(String flag) throws Exception {
    // given
    String pem = Files.writeString(directory.resolve("any.pem"), "any").toString();

    // when
    ConfigurationException refused = refusal(Map.of(), Map.of(flag, pem));

    // then
    assertThat(refused)
        .hasMessageStartingWith("Expected tls.certificate and tls.key")
        .hasMessageContaining("flag --" + flag);
  }

  private static ServerConfiguration load(
      Map<String, String> environment, Map<String, String> flags) throws ConfigurationException {
    return ServerConfiguration.load(Optional.empty(), environment, flags);
  }

  private static ConfigurationException refusal(
      Map<String, String> environment, Map<String, String> flags) {
    return catchThrowableOfType(ConfigurationException.class, () -> load(environment, flags));
  }

  private static String origin(ServerConfiguration configuration, String name) {
    return configuration.values().stream()
        .filter(value -> value.getName().equals(name))
        .findFirst()
        .orElseThrow()
        .getOrigin();
  }

  private Path file(String text) throws IOException {
    return Files.writeString(directory.resolve("swarmlog.conf"), text);
  }
}
