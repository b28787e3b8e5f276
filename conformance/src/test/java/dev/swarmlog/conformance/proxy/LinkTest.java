package dev.swarmlog.conformance.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

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
  void shouldHoldOneWayAndCarryTheOther() throws IOException {
    // given
    link.hold(Link.Way.DOWN);
    client.getOutputStream().write('a');
    taken.getOutputStream().write('b');

    // when, then
    assertThat(taken.getInputStream().read()).isEqualTo('a');
    client.setSoTimeout(MOMENT_MS);
    assertThatThrownBy(() -> client.getInputStream().read())
        .isInstanceOf(SocketTimeoutException.class);
    link.release();
    client.setSoTimeout(0);
    assertThat(client.getInputStream().read()).isEqualTo('b');
  }

  @Test
  void shouldHoldTheEndOfAConnectionBehindWhatWasSentBeforeIt() throws IOException {
    // given
    link.hold();
    client.getOutputStream().write('a');
    client.close();

    // when, then
    taken.setSoTimeout(MOMENT_MS);
    assertThatThrownBy(() -> taken.getInputStream().read())
        .isInstanceOf(SocketTimeoutException.class);
    link.release();
    taken.setSoTimeout(0);
    assertThat(taken.getInputStream().read()).isEqualTo('a');
    assertThat(taken.getInputStream().read()).isEqualTo(END);
  }

  @ParameterizedTest
  @EnumSource
  void shouldCloseOneEndAndTellTheOtherNothingUntilItDrops(Link.End closed) throws IOException {
    // given
    Socket silent = closed == Link.End.CLIENT ? taken : client;
    Socket told = closed == Link.End.CLIENT ? client : taken;

    // when
    link.closeOnly(closed);

    // then
    assertThat(told.getInputStream().read()).isEqualTo(END);
    silent.setSoTimeout(MOMENT_MS);
    assertThatThrownBy(() -> silent.getInputStream().read())
        .isInstanceOf(SocketTimeoutException.class);
    silent.getOutputStream().write('a');
    assertThatThrownBy(() -> silent.getInputStream().read())
        .isInstanceOf(SocketTimeoutException.class);
    link.drop();
    silent.setSoTimeout(0);
    assertThat(endOf(silent)).isTrue();
  }

  @Test
  void shouldTellNothingOfAnEndThatIsClosedWhileTheConnectionIsBeingMade() throws IOException {
    for (int i = 0; i < 300; i++) {
      try (Socket silent = new Socket(InetAddress.getLoopbackAddress(), link.port());
          Socket told = coordinator.accept()) {
        // when: the other side of the link may not yet know that it is connected
        link.closeOnly(Link.End.COORDINATOR);

        // then
        assertThat(told.getInputStream().read()).isEqualTo(END);
        silent.setSoTimeout(1);
        assertThatThrownBy(() -> silent.getInputStream().read())
            .isInstanceOf(SocketTimeoutException.class);
      }
    }
  }

  @Test
  void shouldLoseTheNextBytesOfOneWay() throws IOException {
    // given
    link.lose(Link.Way.UP, 3);

    // when
    client.getOutputStream().write("lost".getBytes(StandardCharsets.UTF_8));
    taken.getOutputStream().write('b');

    // then
    assertThat(taken.getInputStream().read()).isEqualTo('t');
    assertThat(client.getInputStream().read()).isEqualTo('b');
  }

  /** Whether a connection has ended, in order or by a reset. */
  private static boolean endOf(Socket socket) {
    try {
      return socket.getInputStream().read() == END;
    } catch (IOException e) {
      return true;
    }
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
