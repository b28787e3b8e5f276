package dev.swarmlog.storage.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DiskReserveTest {

  private static final int MIB = 1 << 20;

  @TempDir private Path directory;

  @Test
  void shouldGrowInStepsUpToItsSizeAndBeGivenUpAtOnce() throws Exception {
    // given
    DiskReserve reserve = new DiskReserve(directory, 5 * MIB);
    assertThat(reserve.heldBytes()).isZero();

    // when
    reserve.grow();

    // then
    assertThat(reserve.heldBytes()).isEqualTo(4 * MIB);
    reserve.grow();
    reserve.grow();
    assertThat(reserve.heldBytes()).isEqualTo(reserve.bytes()).isEqualTo(5 * MIB);
    assertThat(Files.size(directory.resolve(DiskReserve.NAME))).isEqualTo(5 * MIB);

    // when
    reserve.release();
    reserve.release();

    // then
    assertThat(reserve.heldBytes()).isZero();
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void shouldShrinkWhereLessIsWanted() throws Exception {
    grown(3 * MIB);

    DiskReserve less = new DiskReserve(directory, MIB);
    less.grow();
    assertThat(less.heldBytes()).isEqualTo(MIB);

    DiskReserve none = new DiskReserve(directory, 0);
    none.grow();
    assertThat(none.heldBytes()).isZero();
  }

  @Test
  void shouldHoldWhatNobodyCanCompressAway() throws Exception {
    grown(MIB);
    byte[] held = Files.readAllBytes(directory.resolve(DiskReserve.NAME));
    Deflater deflater = new Deflater();
    deflater.setInput(held);
    deflater.finish();
    assertThat(deflater.deflate(new byte[2 * MIB])).isGreaterThan(held.length * 9 / 10);
  }

  private void grown(long bytes) throws IOException {
    DiskReserve reserve = new DiskReserve(directory, bytes);
    while (reserve.heldBytes() < bytes) {
      reserve.grow();
    }
  }
}
