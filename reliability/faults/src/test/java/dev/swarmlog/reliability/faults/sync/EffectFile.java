package dev.swarmlog.reliability.faults.sync;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import dev.swarmlog.sdk.AgentCursor;
import dev.swarmlog.sdk.Batch;
import dev.swarmlog.sdk.EffectStore;
import dev.swarmlog.sdk.HeldKey;
import dev.swarmlog.v1.Scope;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/**
 * An effect store as a user would write it: each commit is one checksummed record at the end of a
 * file, and a torn one at the end is none. What was written survives SIGKILL without a flush.
 */
final class EffectFile implements EffectStore {
  private static final int HEADER_BYTES = 2 * Integer.BYTES;

  private final Path file;
  private final int launch;
  private final boolean keepsKeys;
  private final Consumer<EffectRecord> committed;
  private final FileChannel channel;
  private final List<EffectRecord> stored;

  /**
   * Opens the file, created if missing.
   *
   * @param keepsKeys whether the agent's key index is loaded again
   * @param committed told of each commit
   */
  EffectFile(Path file, int launch, boolean keepsKeys, Consumer<EffectRecord> committed)
      throws IOException {
    this.file = file;
    this.launch = launch;
    this.keepsKeys = keepsKeys;
    this.committed = committed;
    this.channel = FileChannel.open(file, CREATE, WRITE);
    this.stored = new ArrayList<>();
    long wholeBytes = read(Files.readAllBytes(file), stored);
    channel.truncate(wholeBytes);
    channel.position(wholeBytes);
  }

  /** All commits in a file, in order. */
  static List<EffectRecord> read(Path file) throws IOException {
    List<EffectRecord> records = new ArrayList<>();
    if (Files.exists(file)) {
      read(Files.readAllBytes(file), records);
    }
    return records;
  }

  /** Answers how many bytes are whole records. */
  private static long read(byte[] bytes, List<EffectRecord> records) throws IOException {
    ByteBuffer left = ByteBuffer.wrap(bytes);
    int whole = 0;
    while (left.remaining() >= HEADER_BYTES) {
      int length = left.getInt();
      int checksum = left.getInt();
      if (length > left.remaining()) {
        break;
      }
      byte[] record = new byte[length];
      left.get(record);
      if (checksum != checksum(record)) {
        break;
      }
      records.add(EffectRecord.parse(record));
      whole = left.position();
    }
    return whole;
  }

  @Override
  public AgentCursor load() {
    return stored.isEmpty()
        ? AgentCursor.empty()
        : AgentCursor.parse(stored.get(stored.size() - 1).cursor());
  }

  @Override
  public Optional<Collection<HeldKey>> heldKeys() {
    if (!keepsKeys) {
      return Optional.empty();
    }
    Map<ScopedKey, HeldKey> held = new LinkedHashMap<>();
    for (EffectRecord record : stored) {
      for (HeldKey key : record.changedKeys()) {
        ScopedKey name = new ScopedKey(key.scope(), key.key());
        if (key.isGone()) {
          held.remove(name);
        } else {
          held.put(name, key);
        }
      }
    }
    return Optional.of(held.values());
  }

  @Override
  public void apply(Batch batch, AgentCursor after) throws IOException {
    EffectRecord record = EffectRecord.of(launch, batch, after);
    byte[] body = record.toBytes();
    ByteBuffer framed = ByteBuffer.allocate(HEADER_BYTES + body.length);
    framed.putInt(body.length).putInt(checksum(body)).put(body).flip();
    long before = channel.position();
    try {
      while (framed.hasRemaining()) {
        channel.write(framed);
      }
    } catch (IOException e) {
      channel.truncate(before);
      throw new IOException("Expected room in " + file + " for a commit", e);
    }
    committed.accept(record);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private static int checksum(byte[] bytes) {
    CRC32C checksum = new CRC32C();
    checksum.update(bytes);
    return (int) checksum.getValue();
  }

  private record ScopedKey(Scope scope, String key) {}
}
