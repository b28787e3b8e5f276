package dev.swarmlog.demo.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With real processes, but something in the coordinator's place that starts faster. */
class CoordinatorProcessTest {
  private static final int FIRST_EPHEMERAL_PORT = 32_768;
  private static final int MANY_PORTS = 1_000;

  @TempDir Path folder;

  private Children children;

  @BeforeEach
  void startWithoutChildren() {
    children =
        new Children(
            new Launch(
                ProcessHandle.current().info().command().orElseThrow(),
                List.of(
                    "-cp",
                    System.getProperty(
                        "surefire.test.class.path", System.getProperty("java.class.path")),
                    ListeningChild.class.getName())),
            folder);
  }

  @AfterEach
  void leaveNothingBehind() {
    children.close();
  }

  @Test
  void shouldGiveNoPortTwice() throws Exception {
    // given: as many as come in one long run; at random some would be the same
    Set<Integer> ports = new HashSet<>();

    // when
    for (int i = 0; i < MANY_PORTS; i++) {
      ports.add(CoordinatorProcess.freePort());
    }

    // then
    assertThat(ports).hasSize(MANY_PORTS);
  }

  @Test
  void shouldListenAtTheSameAddressAgainAfterAKill() throws Exception {
    // given
    CoordinatorProcess coordinator =
        CoordinatorProcess.on(children, folder.resolve("data")).environment("LIFE", "one").build();
    coordinator.start();
    coordinator.awaitListening();
    long firstPid = coordinator.pid();

    // when
    coordinator.kill();
    boolean listensDead = coordinator.listens();
    coordinator.start(Map.of("LIFE", "two", "SWARMLOG_X", "meant"));
    coordinator.awaitListening();

    // then
    assertThat(listensDead).isFalse();
    assertThat(coordinator.pid()).isNotEqualTo(firstPid);
    assertThat(coordinator.port()).isPositive().isLessThan(FIRST_EPHEMERAL_PORT);
    assertThat(coordinator.target()).isEqualTo("127.0.0.1:" + coordinator.port());
    assertThat(coordinator.log())
        .contains("started one, SWARMLOG_X=null", "started two, SWARMLOG_X=meant");
    assertThatThrownBy(coordinator::start).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void shouldEndInAnOrderlyWayWhenItIsAskedTo() throws Exception {
    // given
    CoordinatorProcess coordinator =
        CoordinatorProcess.on(children, folder.resolve("data")).build();
    coordinator.start();
    coordinator.awaitListening();

    // when
    coordinator.stop();

    // then
    assertThat(coordinator.isAlive()).isFalse();
    assertThat(coordinator.awaitExitCode(0)).isZero();
  }

  @Test
  void shouldSayWhyACoordinatorDoesNotListen() throws Exception {
    // given
    CoordinatorProcess coordinator =
        CoordinatorProcess.on(children, folder.resolve("data")).arguments("broken").build();

    // when
    coordinator.start();

    // then
    assertThatThrownBy(coordinator::awaitListening)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("it ended with exit code 13: Expected a data directory");
  }
}
