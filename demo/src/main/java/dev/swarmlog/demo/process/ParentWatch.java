package dev.swarmlog.demo.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Ends a child with its supervisor: when standard input ends, the child is asked to finish, and
 * stopped hard if it takes longer than {@link #PATIENCE_MS}.
 */
public final class ParentWatch {
  /** How long a child may take to finish once its supervisor has let go of it. */
  public static final long PATIENCE_MS = 10_000;

  private static final int HALTED = 70;

  private ParentWatch() {}

  /**
   * Watches on a daemon thread of its own.
   *
   * @param onEnd called once, on that thread; must see to it that the process ends
   */
  public static void start(InputStream parent, Runnable onEnd) {
    start(parent, line -> {}, onEnd);
  }

  /**
   * The same, with what the supervisor says meanwhile.
   *
   * @param onLine told each line, on that thread
   */
  public static void start(InputStream parent, Consumer<String> onLine, Runnable onEnd) {
    CountDownLatch never = new CountDownLatch(1);
    daemon(
        "parent watch",
        () -> {
          awaitEnd(parent, onLine);
          daemon(
              "halt",
              () -> {
                try {
                  if (!never.await(PATIENCE_MS, TimeUnit.MILLISECONDS)) {
                    Runtime.getRuntime().halt(HALTED);
                  }
                } catch (InterruptedException e) {
                  Runtime.getRuntime().halt(HALTED);
                }
              });
          onEnd.run();
        });
  }

  private static void awaitEnd(InputStream parent, Consumer<String> onLine) {
    try {
      BufferedReader lines =
          new BufferedReader(new InputStreamReader(parent, StandardCharsets.UTF_8));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        onLine.accept(line);
      }
    } catch (IOException e) {
      // As good as an end: whoever held the other side is gone.
      return;
    }
  }

  private static void daemon(String name, Runnable body) {
    Thread thread = new Thread(body, name);
    thread.setDaemon(true);
    thread.start();
  }
}
