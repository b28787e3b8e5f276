package dev.swarmlog.console;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** Requests as bytes, so that a test can send what no client library would. */
final class Http {

  private static final int TIMEOUT_MS = 20_000;

  private final int port;

  Http(int port) {
    this.port = port;
  }

  /** A connection on which nothing was sent yet. */
  Socket open() throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(4_096);
    socket.setSoTimeout(TIMEOUT_MS);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    return socket;
  }

  /** The answer to GET of a path, as a browser asks for it. */
  Reply get(String path) throws IOException {
    return send("GET " + path + " HTTP/1.1", "Host: localhost:" + port);
  }

  /** The answer to a request line and headers; the connection is closed after it. */
  Reply send(String... lines) throws IOException {
    try (Socket socket = open()) {
      socket
          .getOutputStream()
          .write(
              (String.join("\r\n", lines) + "\r\nConnection: close\r\n\r\n")
                  .getBytes(StandardCharsets.UTF_8));
      return Reply.of(readAll(socket.getInputStream()));
    }
  }

  private static String readAll(InputStream in) throws IOException {
    return new String(in.readAllBytes(), StandardCharsets.UTF_8);
  }

  /**
   * What came back.
   *
   * @param status 0 if nothing did
   * @param headers as they came
   * @param body the rest
   */
  record Reply(int status, String headers, String body) {

    static Reply of(String text) {
      int end = text.indexOf("\r\n\r\n");
      return end < 0
          ? new Reply(0, "", text)
          : new Reply(
              Integer.parseInt(text.split(" ", 3)[1]),
              text.substring(0, end),
              text.substring(end + 4));
    }
  }
}
