package dev.swarmlog.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CountingRelayTest {

  private ServerSocket listener;
  private CountingRelay relay;

  @BeforeEach
  void open() throws IOException {
    listener = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    relay = CountingRelay.to(listener.getLocalPort());
  }

  @AfterEach
  void close() throws Exception {
    relay.close();
    listener.close();
  }

  @Test
  void shouldPassOnAndCountBothWays() throws Exception {
    try (Socket client = connect();
        Socket server = listener.accept()) {
      // when
      client.getOutputStream().write(new byte[100_000]);
      byte[] up = server.getInputStream().readNBytes(100_000);
      server.getOutputStream().write(new byte[] {1, 2, 3});
      byte[] down = client.getInputStream().readNBytes(3);

      // then
      assertThat(up).hasSize(100_000);
      assertThat(down).containsExactly(1, 2, 3);
      assertThat(relay.bytesUp()).isEqualTo(100_000);
      assertThat(relay.bytesDown()).isEqualTo(3);
    }
  }

  @Test
  void shouldCountAllConnectionsTogether() throws Exception {
    for (int i = 0; i < 3; i++) {
      try (Socket client = connect();
          Socket server = listener.accept()) {
        client.getOutputStream().write(1);
        assertThat(server.getInputStream().read()).isEqualTo(1);
      }
    }

    assertThat(relay.bytesUp()).isEqualTo(3);
    assertThat(relay.bytesDown()).isZero();
  }

  @Test
  void shouldPassOnTheEndOfOneWay() throws Exception {
    try (Socket client = connect();
        Socket server = listener.accept()) {
      // when
      client.getOutputStream().write(7);
      client.shutdownOutput();

      // then
      assertThat(server.getInputStream().readAllBytes()).containsExactly(7);
      server.getOutputStream().write(8);
      assertThat(client.getInputStream().read()).isEqualTo(8);
    }
  }

  @Test
  void shouldEndWhatIsOpenWhenItIsClosed() throws Exception {
    try (Socket client = connect();
        Socket server = listener.accept()) {
      CompletableFuture<Integer> atServer = CompletableFuture.supplyAsync(() -> endOf(server));

      // when
      relay.close();

      // then
      assertThat(endOf(client)).isEqualTo(-1);
      assertThat(atServer.get(30, TimeUnit.SECONDS)).isEqualTo(-1);
    }
  }

  private Socket connect() throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), relay.port());
  }

  private static int endOf(Socket socket) {
    try {
      InputStream in = socket.getInputStream();
      return in.read();
    } catch (IOException reset) {
      return -1;
    }
  }
}
