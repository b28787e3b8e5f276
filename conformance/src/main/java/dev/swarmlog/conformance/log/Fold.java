package dev.swarmlog.conformance.log;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.ScopeSums;
import dev.swarmlog.v1.Skipped;
import dev.swarmlog.v1.Target;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * A log folded one operation after the other, as docs/state-digest.md says it: who has everything
 * up to there holds these keys, and has these sums. Slow on purpose: every sum is made anew from
 * all that is there.
 */
public final class Fold {
  /** Of scopes, as plans name them: topic, then who for, then the name. */
  public static final Comparator<Scope> SCOPES =
      Comparator.comparingInt((Scope scope) -> scope.getTopic().getNumber())
          .thenComparingInt(scope -> kind(scope.getTarget()))
          .thenComparing(scope -> name(scope.getTarget()), Fold::compareUtf8);

  private static final int DIGEST_BYTES = 16;
  private static final BigInteger MODULUS = BigInteger.ONE.shiftLeft(8 * DIGEST_BYTES);

  private final NavigableMap<Scope, NavigableMap<String, Operation>> live = new TreeMap<>(SCOPES);
  private final NavigableMap<Scope, List<Operation>> events = new TreeMap<>(SCOPES);

  /** Applies the next operation. */
  public void apply(Operation operation) {
    Scope scope = scopeOf(operation);
    NavigableMap<String, Operation> keys =
        live.computeIfAbsent(scope, absent -> new TreeMap<>(Fold::compareUtf8));
    List<Operation> ofScope = events.computeIfAbsent(scope, absent -> new ArrayList<>());
    if (operation.getOperationClass() == OperationClass.OPERATION_CLASS_EVENT) {
      ofScope.add(operation);
    } else if (operation.getTombstone()) {
      keys.remove(operation.getKey());
    } else {
      keys.put(operation.getKey(), operation);
    }
  }

  /** The newest operation of each live key of a scope, by key in the order of its UTF-8 bytes. */
  public NavigableMap<String, Operation> keys(Scope scope) {
    return live.getOrDefault(scope, new TreeMap<>(Fold::compareUtf8));
  }

  /** The scopes that had any operation. */
  public List<Scope> scopes() {
    return List.copyOf(live.keySet());
  }

  /** The sums of a scope. */
  public ScopeSums sums(Scope scope) {
    List<Operation> ofScope = events.getOrDefault(scope, List.of());
    return ScopeSums.newBuilder()
        .setScope(scope)
        .setStateDigest(stateDigest(scope, keys(scope)))
        .setEventCount(ofScope.size())
        .setEventHash(eventHash(ofScope))
        .build();
  }

  /** The sum of the key digests of some keys. */
  public static ByteString stateDigest(Scope scope, NavigableMap<String, Operation> keys) {
    return sum(
        keys.values().stream()
            .map(
                operation ->
                    digest(
                        out -> {
                          out.writeByte(2);
                          write(scope, out);
                          write(operation.getKey(), out);
                          out.write(operation.getValueDigest().toByteArray());
                        }))
            .toList());
  }

  /** What accounts for events that are not handed out; all of one scope. */
  public static Skipped skipped(Scope scope, List<Operation> events) {
    return Skipped.newBuilder()
        .setScope(scope)
        .setCount(events.size())
        .setEventHash(eventHash(events))
        .build();
  }

  static ByteString valueDigest(Payload payload) {
    return ByteString.copyFrom(
        digest(
            out -> {
              out.writeByte(1);
              write(payload.getType(), out);
              write(payload.getContentType(), out);
              out.writeInt(payload.getSchemaVersion());
              out.writeInt(payload.getData().size());
              out.write(payload.getData().toByteArray());
            }));
  }

  static ByteString runningHash(ByteString before, Operation stored) {
    return ByteString.copyFrom(
        digest(
            out -> {
              out.write(before.toByteArray());
              out.write(stored.toByteArray());
            }));
  }

  /** The scope an operation lies in. */
  public static Scope scopeOf(Operation operation) {
    return Scope.newBuilder()
        .setTopic(operation.getTopic())
        .setTarget(operation.getTarget())
        .build();
  }

  /** Orders texts by their UTF-8 bytes. */
  public static int compareUtf8(String a, String b) {
    return Arrays.compareUnsigned(
        a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
  }

  private static ByteString eventHash(List<Operation> events) {
    return sum(
        events.stream()
            .map(
                event ->
                    digest(
                        out -> {
                          out.writeByte(3);
                          out.writeLong(event.getOpId());
                          write(scopeOf(event), out);
                          out.write(event.getValueDigest().toByteArray());
                        }))
            .toList());
  }

  private static ByteString sum(List<byte[]> digests) {
    BigInteger sum = BigInteger.ZERO;
    for (byte[] digest : digests) {
      sum = sum.add(new BigInteger(1, digest)).mod(MODULUS);
    }
    byte[] signed = sum.toByteArray();
    byte[] fixed = new byte[DIGEST_BYTES];
    int length = Math.min(signed.length, DIGEST_BYTES);
    System.arraycopy(signed, signed.length - length, fixed, DIGEST_BYTES - length, length);
    return ByteString.copyFrom(fixed);
  }

  private interface Content {
    void writeTo(DataOutputStream out) throws IOException;
  }

  private static byte[] digest(Content content) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      content.writeTo(new DataOutputStream(bytes));
      return Arrays.copyOf(
          MessageDigest.getInstance("SHA-256").digest(bytes.toByteArray()), DIGEST_BYTES);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void write(Scope scope, DataOutputStream out) throws IOException {
    out.writeByte(scope.getTopic().getNumber());
    out.writeByte(kind(scope.getTarget()));
    write(name(scope.getTarget()), out);
  }

  private static void write(String text, DataOutputStream out) throws IOException {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(utf8.length);
    out.write(utf8);
  }

  private static int kind(Target target) {
    return switch (target.getTargetCase()) {
      case AGENT -> 2;
      case ROLE -> 3;
      default -> 1;
    };
  }

  private static String name(Target target) {
    return switch (target.getTargetCase()) {
      case AGENT -> target.getAgent();
      case ROLE -> target.getRole();
      default -> "";
    };
  }
}
