package dev.swarmlog.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StampTest {

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 255, 256, Long.MAX_VALUE, -1, Long.MIN_VALUE})
  void shouldReadWhatItWrote(long value) {
    // given
    byte[] filling = new byte[Stamp.BYTES + 3];
    filling[Stamp.BYTES] = 42;

    // when
    ByteString payload = Stamp.payload(filling, value, ~value);

    // then
    assertThat(Stamp.number(payload)).isEqualTo(value);
    assertThat(Stamp.dueNs(payload)).isEqualTo(~value);
    assertThat(payload.size()).isEqualTo(Stamp.BYTES + 3);
    assertThat(payload.byteAt(Stamp.BYTES)).isEqualTo((byte) 42);
  }
}
