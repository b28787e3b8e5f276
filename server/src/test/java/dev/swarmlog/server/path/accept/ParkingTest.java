package dev.swarmlog.server.path.accept;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.server.configuration.ParkingSettings;
import dev.swarmlog.server.path.accept.Parking.Agent;
import dev.swarmlog.server.path.accept.Parking.Alert;
import dev.swarmlog.v1.ParkedReport;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Alerts about what is parked. */
class ParkingTest {

  private static final ParkedReport REPORT = ParkedReport.getDefaultInstance();

  private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);
  private final Parking parking = new Parking(new ParkingSettings(5), timer);

  @AfterEach
  void stop() {
    timer.shutdownNow();
  }

  @Test
  void shouldTellNoMoreAgentsApartThanItMay() {
    // given as many as are told apart
    for (int i = 0; i < Parking.MAX_AGENTS; i++) {
      assertThat(note("agent-" + i)).isEqualTo(Alert.NOW);
    }

    // then
    assertThat(note("agent-0")).isEqualTo(Alert.LATER);
    assertThat(note("one more")).isEqualTo(Alert.NEVER);
    assertThat(note("one more")).isEqualTo(Alert.NEVER);
  }

  /** Nothing is published here, so there is no shard to publish to. */
  private Alert note(String agent) {
    return parking.note(new Agent("swarm", agent), null, REPORT);
  }
}
