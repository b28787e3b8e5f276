package dev.swarmlog.server.path.drift;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.DigestPart;
import dev.swarmlog.v1.DigestQuery;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Repair;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.SnapshotPage;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * What an agent holds of one scope, for everybody or one agent, written from {@code drift.proto}
 * and {@code docs/state-digest.md}.
 */
public final class ModelState {

  private static final BigInteger MODULUS = BigInteger.ONE.shiftLeft(128);

  private final Scope scope;

  /** Value digests by key. */
  public final NavigableMap<String, ByteString> keys =
      new TreeMap<>((one, other) -> Arrays.compareUnsigned(utf8(one), utf8(other)));

  public ModelState(Scope scope) {
    this.scope = scope;
  }

  public ByteString digest() {
    return sum(keys.keySet());
  }

  public void apply(Operation operation) {
    if (operation.getTombstone()) {
      keys.remove(operation.getKey());
    } else {
      keys.put(operation.getKey(), operation.getValueDigest());
    }
  }

  public void apply(Repair repair) {
    String before = "";
    for (SnapshotPage page : repair.getPagesList()) {
      if (keys.comparator().compare(page.getAfterKey(), before) < 0) {
        throw new IllegalArgumentException("Expected pages in ascending order, but got " + repair);
      }
      before = page.getThroughKey();
      List.copyOf(within(page.getAfterKey(), page.getThroughKey()).keySet()).forEach(keys::remove);
      page.getOperationsList().forEach(this::apply);
    }
  }

  /** Parts as {@code docs/drift.md} wants them cut. */
  public List<DigestPart> answer(DigestQuery query) {
    List<String> inside = List.copyOf(within(query.getAfterKey(), query.getThroughKey()).keySet());
    int count = inside.size();
    boolean endsWithKey = count > 0 && inside.get(count - 1).equals(query.getThroughKey());
    boolean rest = count <= query.getMaxParts() && !endsWithKey;
    int cuts = Math.min(count, rest ? query.getMaxParts() - 1 : query.getMaxParts());
    List<DigestPart> parts = new ArrayList<>();
    for (int i = 1; i <= cuts; i++) {
      List<String> part = inside.subList(count * (i - 1) / cuts, count * i / cuts);
      boolean last = i == cuts && !rest;
      parts.add(part(part, last ? query.getThroughKey() : part.get(part.size() - 1)));
    }
    if (rest) {
      parts.add(part(List.of(), query.getThroughKey()));
    }
    return parts;
  }

  private DigestPart part(List<String> part, String through) {
    return DigestPart.newBuilder()
        .setThroughKey(through)
        .setKeyCount(part.size())
        .setDigest(sum(part))
        .build();
  }

  private NavigableMap<String, ByteString> within(String after, String through) {
    if (!through.isEmpty() && keys.comparator().compare(through, after) <= 0) {
      return Collections.emptyNavigableMap();
    }
    NavigableMap<String, ByteString> tail = after.isEmpty() ? keys : keys.tailMap(after, false);
    return through.isEmpty() ? tail : tail.headMap(through, true);
  }

  private ByteString sum(Collection<String> of) {
    BigInteger sum = BigInteger.ZERO;
    for (String key : of) {
      sum = sum.add(new BigInteger(1, keyDigest(key, keys.get(key)))).mod(MODULUS);
    }
    byte[] bytes = new byte[17];
    byte[] number = sum.toByteArray();
    System.arraycopy(number, 0, bytes, 17 - number.length, number.length);
    return ByteString.copyFrom(bytes, 1, 16);
  }

  private byte[] keyDigest(String key, ByteString valueDigest) {
    byte[] utf8 = utf8(key);
    byte[] name = utf8(scope.getTarget().getAgent());
    ByteBuffer hashed =
        ByteBuffer.allocate(1 + 6 + name.length + 4 + utf8.length + 16)
            .put((byte) 2)
            .put((byte) scope.getTopicValue())
            .put((byte) (scope.getTarget().hasAgent() ? 2 : 1))
            .putInt(name.length)
            .put(name)
            .putInt(utf8.length)
            .put(utf8)
            .put(valueDigest.toByteArray());
    try {
      byte[] full = MessageDigest.getInstance("SHA-256").digest(hashed.array());
      return Arrays.copyOf(full, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
