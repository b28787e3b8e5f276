package dev.swarmlog.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.swarmlog.v1.AdministrationServiceGrpc;
import dev.swarmlog.v1.AdministrationServiceGrpc.AdministrationServiceBlockingStub;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.GetStatusRequest;
import dev.swarmlog.v1.LogLevel;
import dev.swarmlog.v1.LoggerLevel;
import dev.swarmlog.v1.SetLogLevelRequest;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** How much is logged, changed by a call. */
final class LogLevelTest {

  @Test
  void shouldHandTheLevelToWhoeverOwnsTheLog() throws Exception {
    // given
    RecordedLevels levels = new RecordedLevels();
    try (TestServer running =
        TestServer.start(Surroundings.real().withLogLevels(levels), Map.of())) {
      AdministrationServiceBlockingStub administration =
          AdministrationServiceGrpc.newBlockingStub(running.channel());

      // when
      List<LoggerLevel> answer =
          administration
              .setLogLevel(request("dev.swarmlog", LogLevel.LOG_LEVEL_DEBUG))
              .getLogLevelsList();

      // then
      assertThat(answer).containsExactly(level("dev.swarmlog", LogLevel.LOG_LEVEL_DEBUG));
      assertThat(administration.getStatus(GetStatusRequest.getDefaultInstance()).getLogLevelsList())
          .isEqualTo(answer);
    }
  }

  @Test
  void shouldPassOnWhyNot() throws Exception {
    try (TestServer running =
        TestServer.start(Surroundings.real().withLogLevels(new RecordedLevels()), Map.of())) {
      // when
      Throwable thrown =
          catchThrowable(
              () ->
                  AdministrationServiceGrpc.newBlockingStub(running.channel())
                      .setLogLevel(request("", LogLevel.LOG_LEVEL_UNSPECIFIED)));

      // then
      assertThat(TestServer.reason(thrown)).isEqualTo("INVALID_ARGUMENT");
      assertThat(thrown).hasMessageContaining("Expected a level");
    }
  }

  @Test
  void shouldRefuseWhereTheLogIsSomebodyElses() throws Exception {
    try (TestServer running = TestServer.start(Map.of())) {
      AdministrationServiceBlockingStub administration =
          AdministrationServiceGrpc.newBlockingStub(running.channel());

      // when
      Throwable thrown =
          catchThrowable(() -> administration.setLogLevel(request("", LogLevel.LOG_LEVEL_DEBUG)));

      // then
      assertThat(TestServer.reason(thrown)).isEqualTo("NOT_SERVED");
      assertThat(thrown).hasMessageContaining("change the level there");
      assertThat(administration.getStatus(GetStatusRequest.getDefaultInstance()).getLogLevelsList())
          .isEmpty();
    }
  }

  private static SetLogLevelRequest request(String logger, LogLevel level) {
    return SetLogLevelRequest.newBuilder().setLogger(logger).setLevel(level).build();
  }

  private static LoggerLevel level(String logger, LogLevel level) {
    return LoggerLevel.newBuilder().setLogger(logger).setLevel(level).build();
  }

  /** A log that only remembers its levels. */
  private static final class RecordedLevels implements LogLevels {

    private final Map<String, LogLevel> levels = new TreeMap<>();

    @Override
    public synchronized List<LoggerLevel> inForce() {
      return levels.entrySet().stream()
          .map(entry -> level(entry.getKey(), entry.getValue()))
          .toList();
    }

    @Override
    public synchronized Optional<Refusal> set(String logger, LogLevel level) {
      if (level == LogLevel.LOG_LEVEL_UNSPECIFIED) {
        return Optional.of(
            Refusal.of(
                ErrorReason.ERROR_REASON_INVALID_ARGUMENT, "Expected a level, but got none."));
      }
      levels.put(logger, level);
      return Optional.empty();
    }
  }
}
