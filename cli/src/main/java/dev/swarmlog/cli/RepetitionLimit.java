package dev.swarmlog.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;
import org.slf4j.helpers.MessageFormatter;

/**
 * Lets through at most {@value #MAX_LINES} warnings a minute of the same text about the same
 * subject, so that a client which does something wrong in a loop cannot fill the log. How many were
 * left out is logged when the minute is over.
 *
 * <p>The subject is the first argument of the message: a swarm, where a client is the cause. The
 * minute begins with the first warning. Logback's {@code DuplicateMessageFilter} knows no time:
 * what it has left out once it leaves out for ever.
 *
 * <p>May be called from any thread.
 */
final class RepetitionLimit extends TurboFilter {

  /** Lines of one text about one subject in a minute. */
  static final int MAX_LINES = 10;

  /** Subjects that are told apart in a minute; the others count as one for each text. */
  static final int MAX_SUBJECTS = 1_000;

  private static final Pattern FIGURES = Pattern.compile("\\d+");

  private static final String LEFT_OUT =
      "{} more lines of this kind were left out within a minute, the first of them: {}";

  private final Consumer<Runnable> inAMinute;
  private final Map<Repeated, Count> counts = new LinkedHashMap<>();

  /**
   * Limits repetitions.
   *
   * @param inAMinute runs what it is given once, a minute later, on any thread
   */
  RepetitionLimit(Consumer<Runnable> inAMinute) {
    this.inAMinute = inAMinute;
  }

  @Override
  public FilterReply decide(
      @Nullable Marker marker,
      Logger logger,
      Level level,
      @Nullable String format,
      Object @Nullable [] arguments,
      @Nullable Throwable thrown) {
    if (format == null
        || format.equals(LEFT_OUT)
        || !level.isGreaterOrEqual(Level.WARN)
        || !level.isGreaterOrEqual(logger.getEffectiveLevel())) {
      return FilterReply.NEUTRAL;
    }
    return count(logger, level, format, arguments) ? FilterReply.NEUTRAL : FilterReply.DENY;
  }

  /** Whether the line is one of the first of its kind in this minute. */
  private synchronized boolean count(
      Logger logger, Level level, String format, Object @Nullable [] arguments) {
    if (counts.isEmpty()) {
      inAMinute.accept(this::endMinute);
    }
    String subject = arguments == null || arguments.length == 0 ? "" : String.valueOf(arguments[0]);
    String text = text(format, arguments);
    Repeated repeated = new Repeated(text, subject);
    if (counts.size() >= MAX_SUBJECTS && !counts.containsKey(repeated)) {
      repeated = new Repeated(text, "");
    }
    Count count = counts.computeIfAbsent(repeated, r -> new Count(logger, level));
    count.lines++;
    if (count.lines == MAX_LINES + 1) {
      count.firstLeftOut = MessageFormatter.arrayFormat(format, arguments).getMessage();
    }
    return count.lines <= MAX_LINES;
  }

  /**
   * What says the same but for its figures is of one text. Libraries put them into the text itself.
   */
  private static String text(String format, Object @Nullable [] arguments) {
    return arguments == null || arguments.length == 0
        ? FIGURES.matcher(format).replaceAll("0")
        : format;
  }

  private void endMinute() {
    List<Count> ended;
    synchronized (this) {
      ended = List.copyOf(counts.values());
      counts.clear();
    }
    // Outside of the lock: logging takes its own.
    ended.stream().filter(count -> count.lines > MAX_LINES).forEach(Count::log);
  }

  private record Repeated(String format, String subject) {}

  private static final class Count {

    private final Logger logger;
    private final Level level;
    private long lines;
    private @Nullable String firstLeftOut;

    Count(Logger logger, Level level) {
      this.logger = logger;
      this.level = level;
    }

    void log() {
      logger
          .atLevel(org.slf4j.event.Level.valueOf(level.toString()))
          .log(LEFT_OUT, lines - MAX_LINES, firstLeftOut);
    }
  }
}
