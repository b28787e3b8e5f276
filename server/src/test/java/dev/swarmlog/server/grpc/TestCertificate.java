package dev.swarmlog.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.KeyStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A self-signed certificate and its key as PEM, made by the JDK's own keytool; trusted by trusting
 * it itself.
 */
final class TestCertificate {

  private static final String PASSWORD = "changeit";

  private final String certificatePem;
  private final String keyPem;

  private TestCertificate(String certificatePem, String keyPem) {
    this.certificatePem = certificatePem;
    this.keyPem = keyPem;
  }

  /** For a server on this machine. */
  static TestCertificate forServer(Path directory) throws Exception {
    return create(directory, "san=dns:localhost,ip:127.0.0.1");
  }

  /** For a client with these names, such as {@code uri:spiffe://example.org/agent/a}. */
  static TestCertificate forClient(Path directory, String... subjectAlternativeNames)
      throws Exception {
    return create(directory, "san=" + String.join(",", subjectAlternativeNames));
  }

  private static TestCertificate create(Path directory, String extension) throws Exception {
    Path store = directory.resolve("store-" + System.nanoTime() + ".p12");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of("-genkeypair", "-alias", "it", "-dname", "CN=swarmlog test"));
    command.addAll(List.of("-keyalg", "EC", "-groupname", "secp256r1", "-validity", "2"));
    command.addAll(List.of("-ext", extension, "-storetype", "PKCS12"));
    command.addAll(List.of("-keystore", store.toString(), "-storepass", PASSWORD));
    Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(keytool.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(keytool.exitValue()).as(output).isZero();
    KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
    return new TestCertificate(
        pem("CERTIFICATE", keys.getCertificate("it").getEncoded()),
        pem("PRIVATE KEY", keys.getKey("it", PASSWORD.toCharArray()).getEncoded()));
  }

  /** Writes the certificate where the name says, and returns the file. */
  Path writeCertificate(Path file) throws Exception {
    return write(file, certificatePem);
  }

  /** Writes the key where the name says, and returns the file. */
  Path writeKey(Path file) throws Exception {
    return write(file, keyPem);
  }

  private static Path write(Path file, String pem) throws Exception {
    boolean replaced = Files.exists(file);
    Files.writeString(file, pem);
    if (replaced) {
      // Time stamps of some file systems are coarser than a test.
      Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(10)));
    }
    return file;
  }

  private static String pem(String type, byte[] der) {
    return "-----BEGIN %s-----%n%s%n-----END %s-----%n"
        .formatted(type, Base64.getMimeEncoder().encodeToString(der), type);
  }
}
