package dev.swarmlog.cli;

import dev.swarmlog.sdk.SwarmClient;
import dev.swarmlog.sdk.SwarmConnection;
import dev.swarmlog.sdk.SwarmlogException;
import dev.swarmlog.sdk.TransportSecurity;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The flags of every command that talks to a coordinator: where it is, and how the way there is
 * secured.
 */
final class ConnectionOptions {
  private static final int MAX_PORT = 65_535;

  /** What a command does with a connection. */
  @FunctionalInterface
  interface Use {
    void with(SwarmConnection connection) throws Exception;
  }

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--server",
      paramLabel = "HOST:PORT",
      defaultValue = "${env:SWARMLOG_SERVER:-" + CommandHint.USUAL_SERVER + "}",
      description =
          "The coordinator (default: $SWARMLOG_SERVER, else " + CommandHint.USUAL_SERVER + ").")
  private String server;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      defaultValue = "10s",
      converter = DurationText.class,
      description =
          "How long to wait for an answer, or more of it, such as 500ms, 10s, 2m (default: 10s).")
  private Duration timeout;

  @Option(
      names = "--plaintext",
      description = "Use no TLS, also where the coordinator is not on this machine.")
  private boolean plaintext;

  @Option(
      names = "--tls-ca",
      paramLabel = "FILE",
      description = "Use TLS and trust the certificates in this PEM file.")
  private @Nullable Path tlsCa;

  @Option(
      names = "--tls-cert",
      paramLabel = "FILE",
      description = "Present this PEM certificate chain. Needs --tls-key and --tls-ca.")
  private @Nullable Path tlsCertificate;

  @Option(
      names = "--tls-key",
      paramLabel = "FILE",
      description = "The private key of that certificate, PEM, PKCS #8.")
  private @Nullable Path tlsKey;

  Duration timeout() {
    return timeout;
  }

  /** Such as {@code localhost:7400}. */
  String server() {
    return server;
  }

  /**
   * Opens a connection, hands it over, and closes it. What the coordinator refuses becomes a {@link
   * CommandFailure}.
   */
  void use(Use use) throws Exception {
    try (SwarmConnection connection = open()) {
      use.with(connection);
    } catch (SwarmlogException e) {
      throw Failures.ofCoordinator(e, server);
    }
  }

  /** The calls, over a connection; each answer, or frame of one, has to come in time. */
  SwarmClient client(SwarmConnection connection) {
    return SwarmClient.over(connection).withTimeout(timeout);
  }

  private SwarmConnection open() {
    checkServer();
    SwarmConnection.Builder builder = SwarmConnection.builder(server);
    TransportSecurity security = security();
    if (security != null) {
      builder.security(security);
    }
    return builder.build();
  }

  private void checkServer() {
    if (timeout.isZero()) {
      throw usage("Expected --timeout above zero, such as 500ms or 10s, but got zero.");
    }
    if (!server.matches("(\\[[^\\]]+]|[^:/]+):[0-9]{1,5}")) {
      throw usage(
          "Expected --server to be HOST:PORT, such as localhost:7400, but got '" + server + "'.");
    }
    int port = Integer.parseInt(server.substring(server.lastIndexOf(':') + 1));
    if (port < 1 || port > MAX_PORT) {
      throw usage("Expected the port of --server to be 1 to 65535, but got '" + server + "'.");
    }
  }

  private @Nullable TransportSecurity security() {
    checkSecurity();
    try {
      if (tlsCertificate != null && tlsKey != null && tlsCa != null) {
        return TransportSecurity.mutualTls(tlsCertificate, tlsKey, tlsCa);
      }
      if (tlsCa != null) {
        return TransportSecurity.tls(tlsCa);
      }
      return plaintext ? TransportSecurity.plaintext() : null;
    } catch (IllegalArgumentException e) {
      throw usage(String.valueOf(e.getMessage()));
    }
  }

  private void checkSecurity() {
    if ((tlsCertificate == null) != (tlsKey == null)) {
      throw usage("Expected --tls-cert and --tls-key together, but got only one of them.");
    }
    if (tlsCertificate != null && tlsCa == null) {
      throw usage("Expected --tls-ca with --tls-cert: whom to trust as coordinator.");
    }
    if (plaintext && tlsCa != null) {
      throw usage("Expected either --plaintext or --tls-ca, but got both.");
    }
  }

  private ParameterException usage(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
