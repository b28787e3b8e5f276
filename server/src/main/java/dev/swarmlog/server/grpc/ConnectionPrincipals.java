package dev.swarmlog.server.grpc;

import dev.swarmlog.server.Principal;
import dev.swarmlog.server.configuration.ServerConfiguration;
import io.grpc.Attributes;
import io.grpc.Grpc;
import io.grpc.ServerTransportFilter;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.security.cert.Certificate;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import javax.inject.Inject;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out once per connection who is at its other end.
 *
 * <ul>
 *   <li>A verified client certificate with exactly one URI subject alternative name: that URI.
 *   <li>No certificate, listening on loopback, and clients need none: {@link Principal#LOCAL}.
 *   <li>No certificate and {@code insecure}: {@link Principal#ANONYMOUS}.
 *   <li>Anything else: nobody.
 * </ul>
 */
final class ConnectionPrincipals extends ServerTransportFilter {

  /** Absent if nobody is known to be there. */
  static final Attributes.Key<Principal> KEY = Attributes.Key.create("swarmlog-principal");

  private static final Logger LOG = LoggerFactory.getLogger(ConnectionPrincipals.class);
  private static final int URI_NAME = 6;

  private final boolean certificatesAsked;
  private final boolean onLoopback;
  private final boolean insecure;

  @Inject
  ConnectionPrincipals(ServerConfiguration configuration) {
    this.certificatesAsked = configuration.tls().flatMap(tls -> tls.clientCa()).isPresent();
    this.onLoopback = configuration.onLoopback();
    this.insecure = configuration.insecure();
  }

  @Override
  public Attributes transportReady(Attributes attributes) {
    return principal(attributes)
        .map(principal -> attributes.toBuilder().set(KEY, principal).build())
        .orElse(attributes);
  }

  private Optional<Principal> principal(Attributes attributes) {
    if (certificatesAsked) {
      SSLSession session = attributes.get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
      return session == null ? Optional.empty() : certified(session);
    }
    SocketAddress peer = attributes.get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
    boolean peerOnLoopback =
        peer instanceof InetSocketAddress inet
            && inet.getAddress() != null
            && inet.getAddress().isLoopbackAddress();
    if (onLoopback && peerOnLoopback) {
      return Optional.of(Principal.LOCAL);
    }
    return insecure ? Optional.of(Principal.ANONYMOUS) : Optional.empty();
  }

  private static Optional<Principal> certified(SSLSession session) {
    try {
      Certificate[] chain = session.getPeerCertificates();
      return chain.length > 0 && chain[0] instanceof X509Certificate certificate
          ? uri(certificate).map(Principal::new)
          : Optional.empty();
    } catch (SSLPeerUnverifiedException | CertificateParsingException e) {
      LOG.info("Expected a client certificate that can be read, but {}", e.toString());
      return Optional.empty();
    }
  }

  private static Optional<String> uri(X509Certificate certificate)
      throws CertificateParsingException {
    Collection<List<?>> names = certificate.getSubjectAlternativeNames();
    if (names == null) {
      return Optional.empty();
    }
    List<String> uris =
        names.stream()
            .filter(name -> Integer.valueOf(URI_NAME).equals(name.get(0)))
            .map(name -> String.valueOf(name.get(1)))
            .filter(uri -> !uri.isBlank())
            .toList();
    // With several, which one is meant would be a guess.
    return uris.size() == 1 ? Optional.of(uris.get(0)) : Optional.empty();
  }
}
