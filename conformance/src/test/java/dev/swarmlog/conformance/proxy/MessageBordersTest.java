package dev.swarmlog.conformance.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MessageBordersTest {
  private static final int DATA = 0;
  private static final int HEADERS = 1;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  @Test
  void shouldFindTheEndOfAMessageInOneFrame() {
    // given
    frame(HEADERS, 1, new byte[7]);
    int end = frame(DATA, 1, message(3));
    frame(HEADERS, 1, new byte[0]);

    // when, then
    assertThat(borders(0)).containsExactly(end);
  }

  @Test
  void shouldPassOverThePrefaceAndFramesOfOtherKinds() {
    // given
    bytes.writeBytes(new byte[24]);
    frame(4, 0, new byte[12]);
    int end = frame(DATA, 1, message(0));

    // when, then
    assertThat(borders(24)).containsExactly(end);
  }

  @Test
  void shouldFollowAMessageOverSeveralFramesOfItsStream() {
    // given one that is cut in its header, and another stream in between
    byte[] whole = message(10);
    frame(DATA, 1, java.util.Arrays.copyOf(whole, 2));
    int other = frame(DATA, 3, message(1));
    frame(DATA, 1, java.util.Arrays.copyOfRange(whole, 2, 9));
    int end = frame(DATA, 1, java.util.Arrays.copyOfRange(whole, 9, whole.length));

    // when, then
    assertThat(borders(0)).containsExactly(other, end);
  }

  @Test
  void shouldCountAFrameWithTwoMessagesOnce() {
    // given
    byte[] two = new byte[12];
    ByteBuffer.wrap(two).put(message(1)).put(message(1));
    int end = frame(DATA, 1, two);

    // when, then
    assertThat(borders(0)).containsExactly(end);
  }

  @Test
  void shouldLeavePaddingOut() {
    // given
    byte[] padded = ByteBuffer.allocate(1 + 6 + 4).put((byte) 4).put(message(1)).array();
    int end = frame(DATA, 8, 1, padded);
    int next = frame(DATA, 1, message(2));

    // when, then
    assertThat(borders(0)).containsExactly(end, next);
  }

  private List<Integer> borders(int prefaceBytes) {
    MessageBorders borders = new MessageBorders(prefaceBytes);
    List<Integer> found = new ArrayList<>();
    byte[] all = bytes.toByteArray();
    for (int i = 0; i < all.length; i++) {
      if (borders.next(all[i])) {
        found.add(i + 1);
      }
    }
    return found;
  }

  private int frame(int type, int stream, byte[] payload) {
    return frame(type, 0, stream, payload);
  }

  private int frame(int type, int flags, int stream, byte[] payload) {
    bytes.writeBytes(
        ByteBuffer.allocate(9 + payload.length)
            .putInt(payload.length << 8 | type)
            .put((byte) flags)
            .putInt(stream)
            .put(payload)
            .array());
    return bytes.size();
  }

  private static byte[] message(int length) {
    return ByteBuffer.allocate(5 + length).put((byte) 0).putInt(length).array();
  }
}
