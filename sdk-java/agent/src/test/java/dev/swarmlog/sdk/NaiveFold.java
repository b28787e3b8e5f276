package dev.swarmlog.sdk;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.ScopeSums;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The state and the sums of a log, one operation after the other, as docs/state-digest.md says it:
 * sums are made from all that is there each time. Shares no code with the SDK.
 */
final class NaiveFold {
  final Map<Scope, Map<String, ByteString>> values = new HashMap<>();
  private final Map<Scope, List<byte[]>> events = new HashMap<>();

  static NaiveFold of(Iterable<Operation> operations) {
    NaiveFold fold = new NaiveFold();
    operations.forEach(fold::apply);
    return fold;
  }

  static Scope scopeOf(Operation operation) {
    return Scope.newBuilder()
        .setTopic(operation.getTopic())
        .setTarget(operation.getTarget())
        .build();
  }

  void apply(Operation operation) {
    Scope scope = scopeOf(operation);
    Map<String, ByteString> ofScope = values.computeIfAbsent(scope, absent -> new TreeMap<>());
    if (operation.getOperationClass() == OperationClass.OPERATION_CLASS_EVENT) {
      event(scope, operation.getOpId(), operation.getValueDigest());
    } else if (operation.getTombstone()) {
      ofScope.remove(operation.getKey());
    } else {
      ofScope.put(operation.getKey(), operation.getValueDigest());
    }
  }

  void event(Scope scope, long opId, ByteString valueDigest) {
    events
        .computeIfAbsent(scope, absent -> new ArrayList<>())
        .add(
            digest(
                out -> {
                  out.writeByte(3);
                  out.writeLong(opId);
                  write(scope, out);
                  out.write(valueDigest.toByteArray());
                }));
  }

  ScopeSums sums(Scope scope) {
    List<byte[]> keyDigests = new ArrayList<>();
    values
        .getOrDefault(scope, Map.of())
        .forEach(
            (key, valueDigest) ->
                keyDigests.add(
                    digest(
                        out -> {
                          out.writeByte(2);
                          write(scope, out);
                          byte[] utf8 = key.getBytes(StandardCharsets.UTF_8);
                          out.writeInt(utf8.length);
                          out.write(utf8);
                          out.write(valueDigest.toByteArray());
                        })));
    List<byte[]> ofEvents = events.getOrDefault(scope, List.of());
    return ScopeSums.newBuilder()
        .setScope(scope)
        .setStateDigest(sum(keyDigests))
        .setEventCount(ofEvents.size())
        .setEventHash(sum(ofEvents))
        .build();
  }

  private interface Part {
    void write(DataOutputStream out) throws IOException;
  }

  private static void write(Scope scope, DataOutputStream out) throws IOException {
    Target target = scope.getTarget();
    out.writeByte(scope.getTopicValue());
    out.writeByte(target.hasAgent() ? 2 : target.hasRole() ? 3 : 1);
    byte[] name = (target.getAgent() + target.getRole()).getBytes(StandardCharsets.UTF_8);
    out.writeInt(name.length);
    out.write(name);
  }

  private static byte[] digest(Part part) {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      part.write(new DataOutputStream(bytes));
      return Arrays.copyOf(MessageDigest.getInstance("SHA-256").digest(bytes.toByteArray()), 16);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static ByteString sum(List<byte[]> digests) {
    BigInteger sum = BigInteger.ZERO;
    for (byte[] digest : digests) {
      sum = sum.add(new BigInteger(1, digest));
    }
    byte[] bytes = sum.mod(BigInteger.ONE.shiftLeft(128)).toByteArray();
    byte[] padded = new byte[16];
    int length = Math.min(bytes.length, 16);
    System.arraycopy(bytes, bytes.length - length, padded, 16 - length, length);
    return ByteString.copyFrom(padded);
  }
}
