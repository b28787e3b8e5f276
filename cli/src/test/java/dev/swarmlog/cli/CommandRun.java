package dev.swarmlog.cli;

import io.grpc.BindableService;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.stream.Stream;

/** A command that was run in this process, and what it said. */
record CommandRun(int exitCode, String out, String err) {

  static CommandRun of(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode = Main.run(new PrintWriter(out), new PrintWriter(err), args);
    return new CommandRun(exitCode, out.toString(), err.toString());
  }

  /**
   * The same, against a coordinator that has nothing but these services.
   *
   * @param command as typed, without {@code --server}
   */
  static CommandRun against(String command, BindableService... services) throws IOException {
    Server server =
        Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
            .addServices(Stream.of(services).map(BindableService::bindService).toList())
            .build()
            .start();
    try {
      return of((command + " --server localhost:" + server.getPort()).split(" "));
    } finally {
      server.shutdownNow();
    }
  }
}
