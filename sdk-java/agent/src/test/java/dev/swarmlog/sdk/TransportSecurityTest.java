package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swarmlog.testing.SwarmlogServerExtension;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Connections to a coordinator that asks for client certificates. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TransportSecurityTest {
  private static final String PASSWORD = "changeit";

  @TempDir static Path directory;

  @RegisterExtension final SwarmlogServerExtension server = mutualTls();

  @Test
  void shouldConnectWithACertificateOfItsOwn() {
    // given
    TransportSecurity mutual =
        TransportSecurity.mutualTls(
            directory.resolve("agent.pem"),
            directory.resolve("agent.key"),
            directory.resolve("server.pem"));
    // when
    try (SwarmConnection connection =
            SwarmConnection.builder("localhost:" + server.port()).security(mutual).build();
        SwarmClient client = SwarmClient.over(connection)) {
      // then
      assertThat(client.status().getVersion()).isNotEmpty();
    }
  }

  @Test
  void shouldBeTurnedAwayWithoutOneAndInPlaintext() {
    for (TransportSecurity security :
        List.of(
            TransportSecurity.tls(directory.resolve("server.pem")),
            TransportSecurity.tls(),
            TransportSecurity.plaintext())) {
      // given
      try (SwarmConnection connection =
              SwarmConnection.builder("localhost:" + server.port()).security(security).build();
          SwarmClient client = SwarmClient.over(connection)) {
        // when, then
        assertThatThrownBy(client::status).isInstanceOf(SwarmlogException.class);
      }
    }
  }

  @Test
  void shouldSayWhichFileCannotBeRead() {
    assertThatThrownBy(() -> TransportSecurity.tls(directory.resolve("missing.pem")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("missing.pem");
  }

  private static SwarmlogServerExtension mutualTls() {
    try {
      certificate("server", "san=dns:localhost,ip:127.0.0.1");
      certificate("agent", "san=uri:spiffe://example.org/agent/a");
    } catch (Exception e) {
      throw new AssertionError("Expected keytool to make certificates", e);
    }
    return SwarmlogServerExtension.inMemory()
        .with("tls-certificate", directory.resolve("server.pem").toString())
        .with("tls-key", directory.resolve("server.key").toString())
        .with("tls-client-ca", directory.resolve("agent.pem").toString());
  }

  /** Makes NAME.pem and NAME.key, self-signed. */
  private static void certificate(String name, String extension) throws Exception {
    Path store = directory.resolve(name + ".p12");
    if (Files.exists(store)) {
      return;
    }
    Process keytool =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                    "-genkeypair",
                    "-alias",
                    "it",
                    "-dname",
                    "CN=swarmlog test",
                    "-keyalg",
                    "EC",
                    "-groupname",
                    "secp256r1",
                    "-validity",
                    "2",
                    "-ext",
                    extension,
                    "-storetype",
                    "PKCS12",
                    "-keystore",
                    store.toString(),
                    "-storepass",
                    PASSWORD))
            .redirectErrorStream(true)
            .start();
    String output = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(keytool.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(keytool.exitValue()).as(output).isZero();
    KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
    write(name + ".pem", "CERTIFICATE", keys.getCertificate("it").getEncoded());
    write(name + ".key", "PRIVATE KEY", keys.getKey("it", PASSWORD.toCharArray()).getEncoded());
  }

  private static void write(String file, String type, byte[] der) throws Exception {
    Files.writeString(
        directory.resolve(file),
        "-----BEGIN %s-----%n%s%n-----END %s-----%n"
            .formatted(type, Base64.getMimeEncoder().encodeToString(der), type));
  }
}
