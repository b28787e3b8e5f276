package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PositionTextTest {

  @Test
  void shouldPrintWhatItReads() {
    // given
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    for (int i = 0; i < 1_000; i++) {
      Log log = Log.forNumber(1 + random.nextInt(3));
      byte[] hash = new byte[log == Log.LOG_TELEMETRY ? 0 : 16];
      random.nextBytes(hash);
      Position position =
          Position.newBuilder()
              .setIncarnation(random.nextLong() | 1)
              .setEpoch(random.nextLong() | 1)
              .setLog(log)
              .setPartition(random.nextBoolean() ? 0 : random.nextInt(1_000_000_000))
              .setOpId(random.nextLong() >>> 1)
              .setRunningHash(ByteString.copyFrom(hash))
              .build();

      // when
      String text = PositionText.print(position);

      // then
      assertThat(PositionText.parse(text)).isEqualTo(position);
    }
  }

  @Test
  void shouldPrintAPositionInItsDocumentedForm() {
    // given
    Position position =
        Position.newBuilder()
            .setIncarnation(0x00c5d1a9f3e2b471L)
            .setEpoch(0x5be0cd19137e2179L)
            .setLog(Log.LOG_MAIN)
            .setOpId(1234)
            .setRunningHash(ByteString.copyFrom(new byte[16]))
            .build();

    // when, then
    assertThat(PositionText.print(position))
        .isEqualTo("main:1234@00c5d1a9f3e2b471.5be0cd19137e2179.00000000000000000000000000000000");
  }

  @Test
  void shouldTakeTheBeginningWithoutAHistory() {
    // when
    Position position = PositionText.parse("control:0");

    // then
    assertThat(position).isEqualTo(Position.newBuilder().setLog(Log.LOG_CONTROL).build());
    assertThat(PositionText.print(position)).isEqualTo("control:0");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "main",
        "main:",
        "main:-1",
        "other:1",
        "MAIN:0",
        "main:1@00c5d1a9f3e2b471.5be0cd19137e2179",
        "main:1@00c5d1a9f3e2b471.5be0cd19137e2179.00",
        "main:1@00C5D1A9F3E2B471.5be0cd19137e2179.00000000000000000000000000000000",
        "main:1@00c5d1a9f3e2b471.5be0cd19137e2179.",
        "telemetry:1@00c5d1a9f3e2b471.5be0cd19137e2179.00000000000000000000000000000000",
        "main:0 ",
        "main:99999999999999999999",
      })
  void shouldRefuseWhatIsNoPosition(String text) {
    assertThatThrownBy(() -> PositionText.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("Expected");
  }

  @Test
  void shouldSayThatAnOperationIdAloneIsNotEnough() {
    assertThatThrownBy(() -> PositionText.parse("main:1234"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("which history")
        .hasMessageContaining("main:0");
  }
}
