package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RepetitionLimitTest {

  private static final String TEXT = "Swarm {} is told a lie: operation {}.";

  private final List<Runnable> endOfMinute = new ArrayList<>();
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final LoggerContext context = new LoggerContext();
  private final Logger logger = context.getLogger("server");

  @BeforeEach
  void limit() {
    log.setContext(context);
    log.start();
    logger.setLevel(Level.INFO);
    logger.addAppender(log);
    context.addTurboFilter(new RepetitionLimit(endOfMinute::add));
  }

  @Test
  void shouldSayOnceAMinuteHowManyLinesWereLeftOut() {
    // when
    for (int i = 0; i < 1_000; i++) {
      logger.error(TEXT, "fleet", i);
    }
    endMinute();

    // then
    assertThat(lines()).hasSize(RepetitionLimit.MAX_LINES + 1);
    assertThat(lines().get(9)).isEqualTo("Swarm fleet is told a lie: operation 9.");
    assertThat(lines().get(10))
        .isEqualTo(
            "990 more lines of this kind were left out within a minute, the first of them: Swarm"
                + " fleet is told a lie: operation 10.");
    assertThat(log.list.get(10).getLevel()).isEqualTo(Level.ERROR);
  }

  @Test
  void shouldLogAgainInTheNextMinute() {
    // given
    for (int i = 0; i < 20; i++) {
      logger.warn(TEXT, "fleet", i);
    }
    endMinute();
    log.list.clear();

    // when
    logger.warn(TEXT, "fleet", 21);
    endMinute();

    // then
    assertThat(lines()).containsExactly("Swarm fleet is told a lie: operation 21.");
  }

  @Test
  void shouldKnowATextOfALibraryAgainWhateverItsFigures() {
    // when
    for (int i = 0; i < 1_000; i++) {
      logger.warn("Dropped " + i + " span(s) (maxQueueSize=2048)");
    }

    // then
    assertThat(lines()).hasSize(RepetitionLimit.MAX_LINES);
  }

  @Test
  void shouldHideNoOtherSwarmAndNoOtherText() {
    // given
    for (int i = 0; i < 20; i++) {
      logger.warn(TEXT, "fleet", i);
    }
    log.list.clear();

    // when
    logger.warn(TEXT, "herd", 1);
    logger.warn("Swarm {} is well.", "fleet");

    // then
    assertThat(lines())
        .containsExactly("Swarm herd is told a lie: operation 1.", "Swarm fleet is well.");
  }

  @Test
  void shouldNotLimitWhatIsNoWarning() {
    // when
    for (int i = 0; i < 20; i++) {
      logger.info("{}", "a line of the configuration");
    }

    // then
    assertThat(lines()).hasSize(20);
    assertThat(endOfMinute).isEmpty();
  }

  @Test
  void shouldBeBoundedWhereTheSubjectsAreMany() {
    // given
    for (int i = 0; i < RepetitionLimit.MAX_SUBJECTS; i++) {
      logger.warn(TEXT, "swarm-" + i, 1);
    }
    log.list.clear();

    // when
    for (int i = 0; i < 1_000; i++) {
      logger.warn(TEXT, "another-" + i, 1);
    }

    // then
    assertThat(lines()).hasSize(RepetitionLimit.MAX_LINES);
  }

  private List<String> lines() {
    return log.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  private void endMinute() {
    assertThat(endOfMinute).hasSize(1);
    endOfMinute.remove(0).run();
  }
}
