package dev.swarmlog.testing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SwarmlogServerExtension.class)
final class SwarmlogServerParameterTest {

  @Test
  void shouldBeTakenAsParameter(SwarmlogServerExtension server) {
    assertThat(server.isRunning()).isTrue();
    assertThat(server.target()).isEqualTo("127.0.0.1:" + server.port());
  }
}
