package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;

/**
 * A self-signed certificate and its key in PEM files, by the JDK's own keytool; trusted by trusting
 * it itself.
 */
record PemFiles(Path certificate, Path key) {

  private static final String PASSWORD = "changeit";
  private static final int LINE = 64;

  /**
   * @param names subject alternative names, such as {@code dns:localhost}
   */
  static PemFiles create(Path folder, String alias, String names)
      throws IOException, InterruptedException, GeneralSecurityException {
    Path store = folder.resolve(alias + ".p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                alias,
                "-dname",
                "CN=" + alias,
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-ext",
                "san=" + names,
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD)
            .redirectErrorStream(true)
            .start();
    String said = Installation.text(keytool.getInputStream().readAllBytes());
    assertThat(keytool.waitFor()).as(said).isZero();
    KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
    return new PemFiles(
        write(
            folder.resolve(alias + ".pem"), "CERTIFICATE", keys.getCertificate(alias).getEncoded()),
        write(
            folder.resolve(alias + "-key.pem"),
            "PRIVATE KEY",
            keys.getKey(alias, PASSWORD.toCharArray()).getEncoded()));
  }

  private static Path write(Path file, String kind, byte[] der) throws IOException {
    String base64 = Base64.getMimeEncoder(LINE, new byte[] {'\n'}).encodeToString(der);
    return Files.writeString(
        file, "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(kind, base64, kind));
  }
}
