package dev.swarmlog.conformance.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class LinkTest {
  private static final int MOMENT_MS = 100;
  private static final int END = -1;

  private ServerSocket coordinator;
  private Link link;
  private Socket client;
  private Socket taken;

  @BeforeEach
  void connect() throws IOException {
    coordinator = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    link = new Link(coordinator.getLocalPort());
    client = new Socket(InetAddress.getLoopbackAddress(), link.port());
    taken = coordinator.accept();
  }

  @AfterEach
  void close() throws IOException {
    link.close();
    client.close();
    taken.close();
    coordinator.close();
  }

  @Test
  void shouldCarryBothWays() throws IOException {
    client.getOutputStream().write('a');
    taken.getOutputStream().write('b');

    assertThat(taken.getInputStream().read()).isEqualTo('a');
    assertThat(client.getInputStream().read()).isEqualTo('b');
    assertThat(link.carries(taken.getPort())).isTrue();
  }

  @Test
  void shouldHoldWhatIsSentUntilItIsReleased() throws IOException {
    // given
    link.hold();
    client.getOutputStream().write('a');

    // when, then
    taken.setSoTimeout(MOMENT_MS);
    assertThatThrownBy(() -> taken.getInputStream().read())
        .isInstanceOf(SocketTimeoutException.class);
    link.release();
    taken.setSoTimeout(0);
    assertThat(taken.getInputStream().read()).isEqualTo('a');
  }

  @Test
  void shouldDropConnectionsAndTakeNewOnes() throws IOException {
    // when
    link.drop();

    // then
    assertThat(client.getInputStream().read()).isEqualTo(END);
    assertThat(taken.getInputStream().read()).isEqualTo(END);
    try (Socket again = new Socket(InetAddress.getLoopbackAddress(), link.port());
        Socket takenAgain = coordinator.accept()) {
      again.getOutputStream().write('c');
      assertThat(takenAgain.getInputStream().read()).isEqualTo('c');
    }
  }
}
