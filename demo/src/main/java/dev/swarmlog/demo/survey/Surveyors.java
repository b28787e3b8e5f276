package dev.swarmlog.demo.survey;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.zip.CRC32C;

/**
 * Says which agent surveys which file, and how agents and keys are named. Everybody comes to the
 * same answer alone.
 */
public final class Surveyors {
  /** A key longer than this names its file by a hash; the payload has the path in full. */
  private static final int MAX_KEY_CHARS = 240;

  private Surveyors() {}

  /** The number, from 0 to {@code agents} - 1, of the agent that surveys the file in this round. */
  public static int chosen(int round, String path, int agents) {
    return (int) (crc32c(round + "/" + path) % agents);
  }

  /** The key of an assignment and of its result. */
  public static String key(int round, String path) {
    return path.length() <= MAX_KEY_CHARS
        ? round + "/" + path
        : round
            + "/"
            + path.substring(0, MAX_KEY_CHARS - 40)
            + "~"
            + Long.toHexString(crc32c(path))
            + path.length();
  }

  /** The name of an agent, by its number from 0. */
  public static String agentName(int number) {
    return String.format(Locale.ROOT, "agent-%02d", number + 1);
  }

  private static long crc32c(String text) {
    CRC32C crc = new CRC32C();
    crc.update(text.getBytes(StandardCharsets.UTF_8));
    return crc.getValue();
  }
}
