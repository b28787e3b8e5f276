package dev.swarmlog.reliability.faults.sync;

import com.google.protobuf.ByteString;
import dev.swarmlog.sdk.AgentCursor;
import dev.swarmlog.sdk.Batch;
import dev.swarmlog.sdk.HeldKey;
import dev.swarmlog.sdk.KeyInterval;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Scope;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * One commit of an agent: what changed and where it stands then, in one piece.
 *
 * @param launch how often the agent had been started before
 * @param log the lane it came on
 * @param cursor as {@link AgentCursor#toByteArray()} gives it
 */
record EffectRecord(
    int launch,
    Log log,
    byte[] cursor,
    List<Operation> operations,
    List<HeldKey> changedKeys,
    List<KeyInterval> replaced) {

  static EffectRecord of(int launch, Batch batch, AgentCursor after) {
    return new EffectRecord(
        launch,
        batch.log(),
        after.toByteArray(),
        batch.operations(),
        batch.changedKeys(),
        batch.replaced());
  }

  /** Where the agent stands in a log; what is stored is what Hello says. */
  LogResume resume(Log log) {
    return resume(cursor, log);
  }

  static LogResume resume(byte[] cursor, Log log) {
    try {
      return Hello.parseFrom(cursor).getResumeList().stream()
          .filter(resume -> resume.getPosition().getLog() == log)
          .findFirst()
          .orElse(LogResume.getDefaultInstance());
    } catch (IOException e) {
      throw new AssertionError("Expected the bytes of a cursor", e);
    }
  }

  byte[] toBytes() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeInt(launch);
    out.writeInt(log.getNumber());
    write(out, cursor);
    out.writeInt(operations.size());
    for (Operation operation : operations) {
      write(out, operation.toByteArray());
    }
    out.writeInt(changedKeys.size());
    for (HeldKey key : changedKeys) {
      write(out, key.scope().toByteArray());
      out.writeUTF(key.key());
      write(out, key.valueDigest().toByteArray());
    }
    out.writeInt(replaced.size());
    for (KeyInterval interval : replaced) {
      write(out, interval.scope().toByteArray());
      out.writeUTF(interval.afterKey());
      out.writeUTF(interval.throughKey());
    }
    return bytes.toByteArray();
  }

  static EffectRecord parse(byte[] bytes) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
    int launch = in.readInt();
    Log log = Log.forNumber(in.readInt());
    byte[] cursor = read(in);
    List<Operation> operations = new ArrayList<>();
    for (int left = in.readInt(); left > 0; left--) {
      operations.add(Operation.parseFrom(read(in)));
    }
    List<HeldKey> changedKeys = new ArrayList<>();
    for (int left = in.readInt(); left > 0; left--) {
      Scope scope = Scope.parseFrom(read(in));
      changedKeys.add(new HeldKey(scope, in.readUTF(), ByteString.copyFrom(read(in))));
    }
    List<KeyInterval> replaced = new ArrayList<>();
    for (int left = in.readInt(); left > 0; left--) {
      replaced.add(new KeyInterval(Scope.parseFrom(read(in)), in.readUTF(), in.readUTF()));
    }
    return new EffectRecord(launch, log, cursor, operations, changedKeys, replaced);
  }

  private static void write(DataOutputStream out, byte[] bytes) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static byte[] read(DataInputStream in) throws IOException {
    return in.readNBytes(in.readInt());
  }
}
