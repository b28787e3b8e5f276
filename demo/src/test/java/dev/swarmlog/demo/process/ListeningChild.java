package dev.swarmlog.demo.process;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;

/**
 * What a coordinator is to who starts it: listens on the port that its arguments name, until its
 * supervisor lets go of it. With the argument {@code broken} it ends at once.
 */
final class ListeningChild {
  private ListeningChild() {}

  public static void main(String[] arguments) throws Exception {
    List<String> words = List.of(arguments);
    System.err.println("started " + System.getenv("LIFE") + ", SWARMLOG_X=" + env("SWARMLOG_X"));
    if (words.contains("broken")) {
      System.err.println("Expected a data directory, but it is gone.");
      System.exit(13);
    }
    int port = Integer.parseInt(words.get(words.indexOf("--port") + 1));
    try (ServerSocket socket = new ServerSocket(port, 9, InetAddress.getLoopbackAddress())) {
      ParentWatch.start(System.in, () -> System.exit(0));
      while (true) {
        socket.accept().close();
      }
    }
  }

  private static String env(String variable) {
    return String.valueOf(System.getenv(variable));
  }
}
