package dev.swarmlog.server.grpc;

import dev.swarmlog.server.StartupException;
import dev.swarmlog.server.configuration.ServerConfiguration.TlsFiles;
import io.grpc.ServerCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import io.grpc.util.CertificateUtils;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The coordinator's TLS identity and whom it trusts, from PEM files that are read again when they
 * change.
 *
 * <p>A change is taken as a whole or not at all: while certificate and key do not belong together,
 * or a file cannot be read, the last good ones stay in force. Connections that are open keep what
 * they were made with. {@link #reloadIfChanged} is called by one thread at a time; handshakes read
 * concurrently.
 */
final class ServerTls {

  private static final Logger LOG = LoggerFactory.getLogger(ServerTls.class);
  private static final byte[] CHALLENGE = {'s', 'w', 'a', 'r', 'm', 'l', 'o', 'g'};

  private final TlsFiles files;
  private final AdvancedTlsX509KeyManager keyManager = new AdvancedTlsX509KeyManager();
  private final AdvancedTlsX509TrustManager trustManager;
  private List<FileTime> loadedTimes;

  ServerTls(TlsFiles files) throws StartupException {
    this.files = files;
    try {
      this.trustManager =
          AdvancedTlsX509TrustManager.newBuilder()
              .setVerification(
                  AdvancedTlsX509TrustManager.Verification.CERTIFICATE_ONLY_VERIFICATION)
              .build();
      this.loadedTimes = times();
      load();
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      throw new StartupException(
          StartupException.Kind.TLS,
          "Expected a PEM certificate chain in %s and its PKCS #8 private key in %s%s, but %s"
              .formatted(
                  files.certificate(),
                  files.key(),
                  files.clientCa().map(ca -> " and PEM certificates in " + ca).orElse(""),
                  reason(e)),
          e);
    }
  }

  ServerCredentials credentials() {
    TlsServerCredentials.Builder builder = TlsServerCredentials.newBuilder().keyManager(keyManager);
    if (files.clientCa().isPresent()) {
      builder.trustManager(trustManager).clientAuth(TlsServerCredentials.ClientAuth.REQUIRE);
    }
    return builder.build();
  }

  /**
   * Reads the files again if one has changed since they were last taken.
   *
   * @return whether new ones are in force now
   */
  boolean reloadIfChanged() {
    try {
      List<FileTime> times = times();
      if (times.equals(loadedTimes)) {
        return false;
      }
      load();
      loadedTimes = times;
      LOG.info("TLS files read again: {}", files);
      return true;
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      // Halfway through a change this is normal; the next look may find both files new.
      LOG.warn(
          "Expected TLS files that belong together, but {}; the last good ones stay", reason(e));
      return false;
    }
  }

  private void load() throws IOException, GeneralSecurityException {
    X509Certificate[] chain = certificates(files.certificate());
    PrivateKey key;
    try (InputStream in = Files.newInputStream(files.key())) {
      key = CertificateUtils.getPrivateKey(in);
    }
    requireSamePair(chain[0], key);
    X509Certificate[] trusted =
        files.clientCa().isPresent()
            ? certificates(files.clientCa().get())
            : new X509Certificate[0];
    keyManager.updateIdentityCredentials(chain, key);
    if (trusted.length > 0) {
      trustManager.updateTrustCredentials(trusted);
    }
  }

  private List<FileTime> times() throws IOException {
    List<FileTime> times = new ArrayList<>();
    times.add(Files.getLastModifiedTime(files.certificate()));
    times.add(Files.getLastModifiedTime(files.key()));
    if (files.clientCa().isPresent()) {
      times.add(Files.getLastModifiedTime(files.clientCa().get()));
    }
    return times;
  }

  private static X509Certificate[] certificates(Path file)
      throws IOException, GeneralSecurityException {
    try (InputStream in = Files.newInputStream(file)) {
      X509Certificate[] certificates = CertificateUtils.getX509Certificates(in);
      if (certificates.length == 0) {
        throw new IOException("%s holds no certificate".formatted(file));
      }
      return certificates;
    }
  }

  private static void requireSamePair(X509Certificate certificate, PrivateKey key)
      throws GeneralSecurityException {
    String algorithm =
        switch (key.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> key.getAlgorithm();
        };
    Signature signer = Signature.getInstance(algorithm);
    signer.initSign(key);
    signer.update(CHALLENGE);
    byte[] signed = signer.sign();
    try {
      Signature verifier = Signature.getInstance(algorithm);
      verifier.initVerify(certificate.getPublicKey());
      verifier.update(CHALLENGE);
      if (verifier.verify(signed)) {
        return;
      }
    } catch (GeneralSecurityException e) {
      throw new GeneralSecurityException("the private key is not that of the certificate", e);
    }
    throw new GeneralSecurityException("the private key is not that of the certificate");
  }

  private static String reason(Exception e) {
    return e.getMessage() == null ? e.toString() : e.getMessage();
  }
}
