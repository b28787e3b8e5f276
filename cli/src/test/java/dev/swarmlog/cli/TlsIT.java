package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsIT {

  @TempDir private Path folder;

  @Test
  void shouldTalkToACoordinatorThatAsksForACertificate() throws Exception {
    // given
    PemFiles server = PemFiles.create(folder, "coordinator", "dns:localhost");
    PemFiles client = PemFiles.create(folder, "client", "uri:spiffe://example.org/cli");
    try (Coordinator coordinator =
        Coordinator.start(
            Installation.built(),
            folder.resolve("data"),
            "--tls-certificate",
            server.certificate().toString(),
            "--tls-key",
            server.key().toString(),
            "--tls-client-ca",
            client.certificate().toString(),
            "--create-swarms",
            "true")) {
      String[] identified = {
        "--tls-ca", server.certificate().toString(),
        "--tls-cert", client.certificate().toString(),
        "--tls-key", client.key().toString()
      };

      // when
      CommandRun published = run(coordinator, identified, "publish", "fleet", "hello");
      CommandRun tailed = run(coordinator, identified, "tail", "fleet", "--no-follow");
      CommandRun parked = run(coordinator, identified, "parked", "list", "fleet");
      CommandRun anonymousParked =
          run(
              coordinator,
              new String[] {"--tls-ca", server.certificate().toString()},
              "parked",
              "list",
              "fleet");
      CommandRun anonymous =
          run(
              coordinator,
              new String[] {"--tls-ca", server.certificate().toString()},
              "tail",
              "fleet",
              "--no-follow");
      CommandRun untrusting = run(coordinator, new String[] {"--plaintext"}, "swarms");

      // then
      assertThat(published.out()).as(published.err()).contains("main:1");
      assertThat(tailed.out()).contains("hello");
      assertThat(parked.err()).contains("Nothing is parked in swarm fleet.");
      assertRefused(anonymousParked);
      assertRefused(anonymous);
      assertRefused(untrusting);
    }
  }

  private static void assertRefused(CommandRun run) {
    assertThat(run.exitCode())
        .as(run.err())
        .isIn(ExitCode.UNAVAILABLE.number(), ExitCode.NOT_PERMITTED.number());
    assertThat(run.err()).startsWith("swarmlog: Expected").doesNotContain("\tat ");
    assertThat(run.out()).isEmpty();
  }

  private static CommandRun run(Coordinator coordinator, String[] security, String... command) {
    String[] all = new String[command.length + security.length + 2];
    System.arraycopy(command, 0, all, 0, command.length);
    System.arraycopy(security, 0, all, command.length, security.length);
    all[all.length - 2] = "--server";
    all[all.length - 1] = coordinator.target();
    return CommandRun.of(all);
  }
}
