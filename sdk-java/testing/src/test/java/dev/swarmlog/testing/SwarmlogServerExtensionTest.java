package dev.swarmlog.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swarmlog.v1.AdministrationServiceGrpc;
import dev.swarmlog.v1.AdministrationServiceGrpc.AdministrationServiceBlockingStub;
import dev.swarmlog.v1.CreateSwarmRequest;
import dev.swarmlog.v1.GetSwarmRequest;
import dev.swarmlog.v1.Swarm;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class SwarmlogServerExtensionTest {

  @RegisterExtension static final SwarmlogServerExtension SHARED = SwarmlogServerExtension.onDisk();

  @RegisterExtension
  final SwarmlogServerExtension own = SwarmlogServerExtension.inMemory().withLimit("maxSwarms", 1);

  @Test
  void shouldKeepPortAndDataAcrossRestart() {
    // given
    Swarm created = create(SHARED, "kept");
    int port = SHARED.port();
    Path directory = SHARED.dataDirectory().orElseThrow();

    // when
    SHARED.restart();
    Swarm afterRestart = get(SHARED, "kept");
    SHARED.stopAbruptly();
    assertThat(SHARED.isRunning()).isFalse();
    assertThatThrownBy(() -> get(SHARED, "kept")).isInstanceOf(StatusRuntimeException.class);
    SHARED.start();

    // then
    assertThat(SHARED.port()).isEqualTo(port);
    assertThat(SHARED.dataDirectory()).contains(directory);
    assertThat(afterRestart).isEqualTo(created);
    assertThat(get(SHARED, "kept")).isEqualTo(created);
  }

  @Test
  void shouldForgetEverythingInMemory() {
    // given
    create(own, "forgotten");

    // when
    own.restart();

    // then
    assertThatThrownBy(() -> get(own, "forgotten"))
        .isInstanceOf(StatusRuntimeException.class)
        .hasMessageContaining("NOT_FOUND");
  }

  @Test
  void shouldTakeLimits() {
    // given
    create(own, "first");

    // then
    assertThatThrownBy(() -> create(own, "second"))
        .isInstanceOf(StatusRuntimeException.class)
        .hasMessageContaining("swarms");
  }

  @Test
  void shouldSayWhyItCannotStart() {
    // given
    SwarmlogServerExtension wrong = SwarmlogServerExtension.inMemory().with("log-level", "loud");

    // then
    assertThatThrownBy(wrong::start)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("Expected log-level to be error, warn, info, debug or trace");
  }

  private static Swarm create(SwarmlogServerExtension server, String name) {
    return call(
        server,
        stub -> stub.createSwarm(CreateSwarmRequest.newBuilder().setName(name).build()).getSwarm());
  }

  private static Swarm get(SwarmlogServerExtension server, String name) {
    return call(
        server,
        stub -> stub.getSwarm(GetSwarmRequest.newBuilder().setName(name).build()).getSwarm());
  }

  private static <T> T call(
      SwarmlogServerExtension server, Function<AdministrationServiceBlockingStub, T> call) {
    ManagedChannel channel =
        Grpc.newChannelBuilder(server.target(), InsecureChannelCredentials.create()).build();
    try {
      return call.apply(
          AdministrationServiceGrpc.newBlockingStub(channel)
              .withDeadlineAfter(20, TimeUnit.SECONDS));
    } finally {
      channel.shutdownNow();
    }
  }
}
