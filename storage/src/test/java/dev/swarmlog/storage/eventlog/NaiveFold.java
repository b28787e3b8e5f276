package dev.swarmlog.storage.eventlog;

import com.google.protobuf.ByteString;
import dev.swarmlog.storage.View;
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
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * What follows from a log by definition, computed by walking all of it. Shares no code with what it
 * judges.
 */
final class NaiveFold {

  private static final BigInteger MODULUS = BigInteger.ONE.shiftLeft(128);

  /** The whole log; operation n is at n - 1. */
  private final List<Operation> log;

  NaiveFold(List<Operation> log) {
    this.log = log;
  }

  /** IDs of the view's operations in an interval. */
  List<Long> read(View view, long from, long to) {
    return log.subList((int) from, (int) to).stream()
        .filter(operation -> view.contains(scope(operation)))
        .map(Operation::getOpId)
        .toList();
  }

  /**
   * IDs of the delta: every event, and the last operation of each key whose value at the target is
   * not the one at the base.
   */
  List<Long> delta(View view, long base, long target) {
    Map<List<Object>, ByteString> held = state(view, base);
    Map<List<Object>, ByteString> wanted = state(view, target);
    Map<List<Object>, Long> newest = new HashMap<>();
    Set<Long> due = new TreeSet<>();
    for (Operation operation : log.subList((int) base, (int) target)) {
      if (!view.contains(scope(operation))) {
        continue;
      }
      if (operation.getOperationClass() == OperationClass.OPERATION_CLASS_EVENT) {
        due.add(operation.getOpId());
      } else {
        newest.put(List.of(scope(operation), operation.getKey()), operation.getOpId());
      }
    }
    newest.keySet().removeIf(place -> Objects.equals(held.get(place), wanted.get(place)));
    due.addAll(newest.values());
    return List.copyOf(due);
  }

  /** Keys and values of the view that are live at an operation. */
  Map<List<Object>, ByteString> state(View view, long at) {
    Map<List<Object>, ByteString> live = new HashMap<>();
    log.subList(0, (int) at).stream()
        .filter(operation -> view.contains(scope(operation)))
        .forEach(operation -> apply(operation, live));
    return live;
  }

  static void apply(Operation operation, Map<List<Object>, ByteString> live) {
    if (operation.getOperationClass() == OperationClass.OPERATION_CLASS_KEYED) {
      List<Object> place = List.of(scope(operation), operation.getKey());
      if (operation.getTombstone()) {
        live.remove(place);
      } else {
        live.put(place, operation.getPayload().toByteString());
      }
    }
  }

  /** Sums of one scope at an operation, or null if it had none by then. */
  ScopeSums sums(Scope scope, long at) {
    Map<String, byte[]> live = new HashMap<>();
    BigInteger events = BigInteger.ZERO;
    long eventCount = 0;
    long opCount = 0;
    for (Operation operation : log.subList(0, (int) at)) {
      if (!scope(operation).equals(scope)) {
        continue;
      }
      opCount++;
      byte[] value = hash(1, valueOf(operation));
      if (operation.getOperationClass() == OperationClass.OPERATION_CLASS_EVENT) {
        eventCount++;
        byte[] digest =
            hash(3, bytes(out -> out.writeLong(operation.getOpId())), scopeOf(scope), value);
        events = events.add(new BigInteger(1, digest)).mod(MODULUS);
      } else if (operation.getTombstone()) {
        live.remove(operation.getKey());
      } else {
        live.put(operation.getKey(), value);
      }
    }
    BigInteger state = BigInteger.ZERO;
    for (Map.Entry<String, byte[]> key : live.entrySet()) {
      byte[] digest =
          hash(2, scopeOf(scope), prefixed(ByteString.copyFromUtf8(key.getKey())), key.getValue());
      state = state.add(new BigInteger(1, digest)).mod(MODULUS);
    }
    return ScopeSums.newBuilder()
        .setScope(scope)
        .setStateDigest(sixteenBytes(state))
        .setEventCount(eventCount)
        .setEventHash(sixteenBytes(events))
        .setOpCount(opCount)
        .build();
  }

  static Scope scope(Operation operation) {
    return Scope.newBuilder()
        .setTopic(operation.getTopic())
        .setTarget(operation.getTarget())
        .build();
  }

  private static byte[] valueOf(Operation operation) {
    return bytes(
        out -> {
          out.write(prefixed(operation.getPayload().getTypeBytes()));
          out.write(prefixed(operation.getPayload().getContentTypeBytes()));
          out.writeInt(operation.getPayload().getSchemaVersion());
          out.write(prefixed(operation.getPayload().getData()));
        });
  }

  private static byte[] scopeOf(Scope scope) {
    Target target = scope.getTarget();
    String name = target.hasAgent() ? target.getAgent() : target.getRole();
    return bytes(
        out -> {
          out.write(scope.getTopicValue());
          out.write(target.hasAll() ? 1 : target.hasAgent() ? 2 : 3);
          out.write(prefixed(ByteString.copyFromUtf8(name)));
        });
  }

  private static byte[] prefixed(ByteString part) {
    return bytes(
        out -> {
          out.writeInt(part.size());
          out.write(part.toByteArray());
        });
  }

  private static byte[] hash(int tag, byte[]... parts) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      sha256.update((byte) tag);
      for (byte[] part : parts) {
        sha256.update(part);
      }
      return Arrays.copyOf(sha256.digest(), 16);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private static ByteString sixteenBytes(BigInteger number) {
    byte[] bytes = number.toByteArray();
    byte[] padded = new byte[16];
    for (int i = 0; i < Math.min(16, bytes.length); i++) {
      padded[15 - i] = bytes[bytes.length - 1 - i];
    }
    return ByteString.copyFrom(padded);
  }

  private interface Writing {
    void to(DataOutputStream out) throws IOException;
  }

  private static byte[] bytes(Writing writing) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      writing.to(new DataOutputStream(bytes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** Scopes that occur, in the order in which they first do. */
  List<Scope> scopes() {
    return log.stream().map(NaiveFold::scope).distinct().toList();
  }
}
