package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class LoggingTest {

  @Test
  void shouldLetNoMessageForgeALineOrStirATerminal() {
    LoggerContext context = new LoggerContext();
    LoggingEvent event =
        new LoggingEvent(
            "x",
            context.getLogger("dev.swarmlog.Parking"),
            Level.WARN,
            "said {}",
            null,
            new Object[] {"a\nWARN forged\u0000\u001b[31m\u202eb"});

    String line = new String(Logging.text(context).encode(event), StandardCharsets.UTF_8);

    assertThat(line)
        .endsWith(
            "said a\uFFFDWARN forged\uFFFD\uFFFD[31m\uFFFDb  [Parking]" + System.lineSeparator());
  }
}
