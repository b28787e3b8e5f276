package dev.swarmlog.sdk;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Scope;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The store of a user who commits effects and cursor together. The effects are the suite's: they
 * count from its answer on. Cursor and key index are one file, written anew and renamed over the
 * old one each time.
 */
final class TestedStore implements EffectStore {
  private record Key(Scope scope, String key) {}

  /** The effects of a batch. */
  interface Effects {
    void apply(Batch batch) throws Exception;
  }

  private final Path file;
  private final Path aside;
  private final Effects effects;
  // The agent calls one at a time.
  private AgentCursor cursor = AgentCursor.empty();
  private final Map<Key, HeldKey> keys = new LinkedHashMap<>();

  TestedStore(Path directory, Effects effects) {
    this.file = directory.resolve("committed");
    this.aside = directory.resolve("committed.new");
    this.effects = effects;
  }

  @Override
  public AgentCursor load() throws IOException {
    if (!Files.exists(file)) {
      return cursor;
    }
    try (DataInputStream in = new DataInputStream(Files.newInputStream(file))) {
      cursor = AgentCursor.parse(bytes(in));
      int count = in.readInt();
      for (int i = 0; i < count; i++) {
        Scope scope = Scope.parseFrom(bytes(in));
        String key = Utf8.text(bytes(in));
        keys.put(new Key(scope, key), new HeldKey(scope, key, ByteString.copyFrom(bytes(in))));
      }
    }
    return cursor;
  }

  @Override
  public Optional<Collection<HeldKey>> heldKeys() {
    return Optional.of(keys.values());
  }

  @Override
  public void apply(Batch batch, AgentCursor after) throws Exception {
    if (!batch.operations().isEmpty()) {
      effects.apply(batch);
    }
    if (batch.log() == Log.LOG_TELEMETRY) {
      return;
    }
    for (HeldKey changed : batch.changedKeys()) {
      Key key = new Key(changed.scope(), changed.key());
      if (changed.isGone()) {
        keys.remove(key);
      } else {
        keys.put(key, changed);
      }
    }
    cursor = after;
    replace();
  }

  private void replace() throws IOException {
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(whole);
    write(out, cursor.toByteArray());
    out.writeInt(keys.size());
    for (HeldKey key : keys.values()) {
      write(out, key.scope().toByteArray());
      write(out, Utf8.bytes(key.key()));
      write(out, key.valueDigest().toByteArray());
    }
    try (FileChannel channel =
        FileChannel.open(
            aside,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(whole.toByteArray());
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private static void write(DataOutputStream out, byte[] bytes) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static byte[] bytes(DataInputStream in) throws IOException {
    int length = in.readInt();
    byte[] bytes = in.readNBytes(length);
    if (bytes.length != length) {
      throw new IOException("Expected a whole file, but it ends early");
    }
    return bytes;
  }
}
