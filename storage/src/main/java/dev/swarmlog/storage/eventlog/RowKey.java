package dev.swarmlog.storage.eventlog;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A row's key that is compared by its bytes, for use in maps. */
final class RowKey {

  private final byte[] bytes;
  private final int hash;

  /**
   * @param bytes not to be changed afterwards
   */
  RowKey(byte[] bytes) {
    this.bytes = bytes;
    this.hash = Arrays.hashCode(bytes);
  }

  byte[] bytes() {
    return bytes;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof RowKey that && that.hash == hash && Arrays.equals(that.bytes, bytes);
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
