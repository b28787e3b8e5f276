package dev.swarmlog.server.path.accept;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.server.TimeSource;
import dev.swarmlog.server.path.accept.HistoryAlarm.Lane;
import dev.swarmlog.v1.Log;
import org.junit.jupiter.api.Test;

class HistoryAlarmTest {

  private static final Lane MAIN = new Lane("hive", "ant", Log.LOG_MAIN);

  private final SteppedTime time = new SteppedTime();
  private final HistoryAlarm alarm = new HistoryAlarm(time);

  @Test
  void shouldAlertOncePerInterval() {
    assertThat(alarm.isDue(MAIN)).isTrue();
    assertThat(alarm.isDue(MAIN)).isFalse();
    assertThat(alarm.isDue(new Lane("hive", "ant", Log.LOG_CONTROL))).isTrue();
    time.nowNs += HistoryAlarm.ALERT_INTERVAL.toNanos() - 1;
    assertThat(alarm.isDue(MAIN)).isFalse();
    time.nowNs++;
    assertThat(alarm.isDue(MAIN)).isTrue();
  }

  @Test
  void shouldRememberABoundedNumberOfLanes() {
    // given
    for (int i = 0; i < HistoryAlarm.MAX_REMEMBERED; i++) {
      assertThat(alarm.isDue(new Lane("hive", "ant-" + i, Log.LOG_MAIN))).isTrue();
    }

    // then
    assertThat(alarm.isDue(MAIN)).isFalse();
    time.nowNs += HistoryAlarm.ALERT_INTERVAL.toNanos();
    assertThat(alarm.isDue(MAIN)).isTrue();
  }

  private static final class SteppedTime implements TimeSource {
    private long nowNs;

    @Override
    public long unixNs() {
      return nowNs;
    }

    @Override
    public long monotonicNs() {
      return nowNs;
    }
  }
}
