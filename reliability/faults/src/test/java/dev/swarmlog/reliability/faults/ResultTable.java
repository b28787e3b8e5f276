package dev.swarmlog.reliability.faults;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * What was run and what came of it, one line each in {@code target/reliability.md}, for {@code
 * docs/reliability.md} to quote.
 */
public final class ResultTable {
  private static final Path FILE = Path.of("target", "reliability.md");

  private ResultTable() {}

  /**
   * Adds a line, and prints it.
   *
   * @param what such as "C1, kills"
   * @param count how many of them
   * @param violations of what is promised
   * @param startNs when it began, by {@link System#nanoTime}
   */
  public static synchronized void add(
      String what, String count, long violations, Seed seed, long startNs) throws IOException {
    String line =
        String.format(
            Locale.ROOT,
            "| %s | %s | %,d | %,d s | %d | %s |%n",
            what,
            count,
            violations,
            TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - startNs),
            seed.value(),
            LocalDate.now(ZoneOffset.UTC));
    System.out.print(line);
    Files.createDirectories(FILE.getParent());
    try {
      Files.writeString(
          FILE,
          "| what | how many | violations | time | seed | date |\n|---|---|---|---|---|---|\n",
          StandardCharsets.UTF_8,
          StandardOpenOption.CREATE_NEW,
          StandardOpenOption.WRITE);
    } catch (FileAlreadyExistsException e) {
      // Another test began it, perhaps in another process.
    }
    Files.writeString(FILE, line, StandardCharsets.UTF_8, StandardOpenOption.APPEND);
  }
}
