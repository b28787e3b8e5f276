package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swarmlog.v1.Topic;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PublicationTest {

  private static final Publication LEASE =
      Publication.keyed(Topic.TOPIC_COMMANDS, Targets.all(), "k", Payloads.text("test.Lease", "v"));

  @Test
  void shouldExpireAtAnInstant() {
    Instant instant = Instant.parse("2026-01-01T00:00:00.000000007Z");

    Publication expiring = LEASE.withIdempotencyKey("once").expiringAt(instant);

    assertThat(expiring.record().getExpiresAtUnixNano()).isEqualTo(1_767_225_600_000_000_007L);
    assertThat(expiring.idempotencyKey()).isEqualTo("once");
    assertThat(LEASE.record().getExpiresAtUnixNano()).isZero();
  }

  @Test
  void shouldExpireSomeTimeFromNow() {
    Instant before = Instant.now();
    long expiresUnixNs = LEASE.expiringIn(Duration.ofMinutes(1)).record().getExpiresAtUnixNano();
    Instant after = Instant.now();

    assertThat(Instant.EPOCH.plusNanos(expiresUnixNs))
        .isBetween(before.plusSeconds(60), after.plusSeconds(60));
  }

  @Test
  void shouldRefuseExpiriesThatMeanNothing() {
    assertThatThrownBy(() -> LEASE.expiringIn(Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("above zero");
    assertThatThrownBy(() -> LEASE.expiringIn(Duration.ofMillis(-1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> LEASE.expiringIn(Duration.ofDays(300 * 365)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2262");
    assertThatThrownBy(() -> LEASE.expiringAt(Instant.EPOCH))
        .isInstanceOf(IllegalArgumentException.class);
    Publication delete = Publication.delete(Topic.TOPIC_COMMANDS, Targets.all(), "k");
    assertThatThrownBy(() -> delete.expiringIn(Duration.ofSeconds(1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("deletes");
    long last =
        LEASE.expiringAt(Instant.parse("2261-12-31T23:59:59Z")).record().getExpiresAtUnixNano();
    assertThat(TimeUnit.NANOSECONDS.toSeconds(last)).isPositive();
  }
}
