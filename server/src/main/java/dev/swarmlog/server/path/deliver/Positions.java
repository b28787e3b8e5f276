package dev.swarmlog.server.path.deliver;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.UnsafeByteOperations;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Position;

/** Positions in the same life of the same log as another one. */
final class Positions {

  private static final ByteString START = ByteString.copyFrom(new byte[16]);

  private Positions() {}

  /** Another operation of the log that {@code sameLog} lies in. */
  static Position at(Position sameLog, long opId, byte[] runningHash) {
    return sameLog.toBuilder()
        .setOpId(opId)
        .setRunningHash(UnsafeByteOperations.unsafeWrap(runningHash))
        .build();
  }

  /** The same operation, in the epoch that {@code sameLog} is of. */
  static Position in(Position sameLog, Position position) {
    return position.toBuilder().setEpoch(sameLog.getEpoch()).build();
  }

  /** A resume without fields that are not known here in its positions: plans keep these. */
  static LogResume known(LogResume resume) {
    LogResume.Builder known = resume.toBuilder().setPosition(known(resume.getPosition()));
    if (resume.hasSnapshot()) {
      known.getSnapshotBuilder().setPosition(known(resume.getSnapshot().getPosition()));
    }
    return known.build();
  }

  /** A position without fields that are not known here. */
  static Position known(Position position) {
    return position.toBuilder().setUnknownFields(UnknownFieldSet.getDefaultInstance()).build();
  }

  /** The beginning of the log that {@code sameLog} lies in. */
  static Position start(Position sameLog) {
    return sameLog.toBuilder().setOpId(0).setRunningHash(START).build();
  }
}
