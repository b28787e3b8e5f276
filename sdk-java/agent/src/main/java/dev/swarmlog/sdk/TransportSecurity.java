package dev.swarmlog.sdk;

import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.nio.file.Path;

/** How a connection is secured. Read once, when the connection is made. */
public final class TransportSecurity {
  private final ChannelCredentials credentials;

  private TransportSecurity(ChannelCredentials credentials) {
    this.credentials = credentials;
  }

  /** None. The default for loopback targets; anywhere else it must be asked for. */
  public static TransportSecurity plaintext() {
    return new TransportSecurity(InsecureChannelCredentials.create());
  }

  /** TLS, trusting what the JVM trusts. The default for targets that are not loopback. */
  public static TransportSecurity tls() {
    return new TransportSecurity(TlsChannelCredentials.create());
  }

  /**
   * TLS, trusting the certificates of a PEM file only.
   *
   * @throws IllegalArgumentException if the file cannot be read
   */
  public static TransportSecurity tls(Path caPem) {
    try {
      return new TransportSecurity(
          TlsChannelCredentials.newBuilder().trustManager(caPem.toFile()).build());
    } catch (IOException e) {
      throw unreadable("certificates to trust in " + caPem, e);
    }
  }

  /**
   * TLS with a certificate of the client's own: a PEM chain, its PKCS#8 key, and the certificates
   * to trust.
   *
   * @throws IllegalArgumentException if a file cannot be read
   */
  public static TransportSecurity mutualTls(Path certificatePem, Path keyPem, Path caPem) {
    try {
      return new TransportSecurity(
          TlsChannelCredentials.newBuilder()
              .keyManager(certificatePem.toFile(), keyPem.toFile())
              .trustManager(caPem.toFile())
              .build());
    } catch (IOException e) {
      throw unreadable("PEM files %s, %s and %s".formatted(certificatePem, keyPem, caPem), e);
    }
  }

  ChannelCredentials credentials() {
    return credentials;
  }

  private static IllegalArgumentException unreadable(String what, IOException e) {
    return new IllegalArgumentException(
        "Expected " + what + ", but they could not be read: check paths and permissions", e);
  }
}
