package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.v1.LogLevel;
import dev.swarmlog.v1.LoggerLevel;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogbackLevelsTest {

  private final LoggerContext context = new LoggerContext();
  private final LogbackLevels levels = new LogbackLevels(context);

  @BeforeEach
  void start() {
    LogbackLevels.setAll(context, Level.INFO);
  }

  @Test
  void shouldChangeAllButTheFrameworksThatTalkToClients() {
    assertThat(levels.set("", LogLevel.LOG_LEVEL_DEBUG)).isEmpty();

    assertThat(context.getLogger("dev.swarmlog").getEffectiveLevel()).isEqualTo(Level.DEBUG);
    assertThat(context.getLogger("io.grpc.netty").getEffectiveLevel()).isEqualTo(Level.INFO);
    levels.set("", LogLevel.LOG_LEVEL_INFO);
    assertThat(context.getLogger("io.grpc.netty").getEffectiveLevel()).isEqualTo(Level.ERROR);
    assertThat(levels.inForce()).containsExactly(level("", LogLevel.LOG_LEVEL_INFO));
  }

  @Test
  void shouldGiveALoggerItsOwnLevelAndTakeItAway() {
    assertThat(levels.set("dev.swarmlog.server", LogLevel.LOG_LEVEL_TRACE)).isEmpty();

    assertThat(context.getLogger("dev.swarmlog.server.grpc").getEffectiveLevel())
        .isEqualTo(Level.TRACE);
    assertThat(context.getLogger("dev.swarmlog.storage").getEffectiveLevel()).isEqualTo(Level.INFO);
    assertThat(levels.inForce())
        .containsExactly(
            level("", LogLevel.LOG_LEVEL_INFO),
            level("dev.swarmlog.server", LogLevel.LOG_LEVEL_TRACE));

    levels.set("dev.swarmlog.server", LogLevel.LOG_LEVEL_UNSPECIFIED);
    assertThat(context.getLogger("dev.swarmlog.server.grpc").getEffectiveLevel())
        .isEqualTo(Level.INFO);
    assertThat(levels.inForce()).hasSize(1);
  }

  @Test
  void shouldNotLetNamesGrowWithoutBound() {
    for (int i = 0; i < LogbackLevels.MAX_LOGGERS; i++) {
      assertThat(levels.set("logger" + i, LogLevel.LOG_LEVEL_DEBUG)).isEmpty();
      levels.set("logger" + i, LogLevel.LOG_LEVEL_UNSPECIFIED);
    }

    assertThat(levels.set("another", LogLevel.LOG_LEVEL_DEBUG))
        .map(Refusal::message)
        .hasValue(
            "Expected at most 100 loggers to be named until the coordinator ends, but got one more.");
    assertThat(levels.set("logger7", LogLevel.LOG_LEVEL_DEBUG)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a b", "x\nWARN forged", "../etc"})
  void shouldRefuseWhatIsNoLogger(String name) {
    assertThat(levels.set(name, LogLevel.LOG_LEVEL_DEBUG)).isPresent();
    assertThat(levels.set("a".repeat(201), LogLevel.LOG_LEVEL_DEBUG)).isPresent();
    assertThat(levels.set("", LogLevel.LOG_LEVEL_UNSPECIFIED)).isPresent();
  }

  @ParameterizedTest
  @ValueSource(strings = {"ROOT", "root"})
  void shouldRefuseTheNameThatStandsForAllLoggersInTheBackend(String name) {
    assertThat(levels.set(name, LogLevel.LOG_LEVEL_UNSPECIFIED)).isPresent();
    assertThat(levels.set(name, LogLevel.LOG_LEVEL_TRACE))
        .map(Refusal::message)
        .hasValue("Expected an empty name for all loggers, but got '%s'.".formatted(name));
    assertThat(context.getLogger("dev.swarmlog").getEffectiveLevel()).isEqualTo(Level.INFO);
  }

  private static LoggerLevel level(String logger, LogLevel level) {
    return LoggerLevel.newBuilder().setLogger(logger).setLevel(level).build();
  }
}
