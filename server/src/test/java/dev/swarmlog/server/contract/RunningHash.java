package dev.swarmlog.server.contract;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;

/**
 * The running hashes of a log, computed here from nothing but its operations: the first 16 bytes of
 * SHA-256 over the hash before and the stored event.
 */
record RunningHash(List<ByteString> hashes) {

  static RunningHash of(List<Operation> wholeLog) {
    List<ByteString> hashes = new ArrayList<>();
    ByteString hash = ByteString.copyFrom(new byte[16]);
    hashes.add(hash);
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      for (Operation operation : wholeLog) {
        sha256.update(hash.toByteArray());
        sha256.update(operation.toByteArray());
        hash = ByteString.copyFrom(sha256.digest(), 0, 16);
        hashes.add(hash);
      }
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
    return new RunningHash(hashes);
  }

  boolean agreesWith(Position position) {
    return position.getOpId() < hashes.size()
        && hashes.get((int) position.getOpId()).equals(position.getRunningHash());
  }
}
