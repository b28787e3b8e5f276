package dev.swarmlog.demo.checker;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.Topic;

/** What an operation is, as far as a journal or a list of acks tells. */
record Fact(Topic topic, String key, ByteString payloadDigest) {
  boolean isAssignment() {
    return topic == Topic.TOPIC_COMMANDS;
  }

  boolean isResult() {
    return topic == Topic.TOPIC_RECONCILIATION;
  }
}
