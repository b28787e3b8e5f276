package dev.swarmlog.sdk;

import com.google.protobuf.Message;
import dev.swarmlog.conformance.v1.AgentEvent;
import dev.swarmlog.conformance.v1.Handle;
import dev.swarmlog.conformance.v1.StartAgent;
import io.grpc.Metadata;
import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/**
 * One thing that a broken SDK does wrong: what it overrides; the rest is as it should be. The SDK
 * itself is left alone. A fault comes between it and the wire, or between it and its user.
 *
 * <p>What concerns the wire is called under one lock, and must not wait.
 */
abstract class Fault {
  /** Nothing is wrong. */
  static final Fault NONE = new Fault() {};

  /** A call to the coordinator. */
  interface Wire {
    /** Sends a message behind the SDK's back. */
    void send(Message message);

    /** Breaks the call off. */
    void cancel();
  }

  /** How a call ended. */
  record Ending(Status status, Metadata trailers) {}

  /** What handles operations: the suite, or what stands before it. */
  interface Handling {
    void handle(Handle call) throws NotHandled, InterruptedException;
  }

  /** The SDK sends a message; null to lose it. */
  @Nullable Message sending(Message message, Wire wire) {
    return message;
  }

  /** The SDK is to be given a message; null to swallow it. */
  @Nullable Message received(Message message, Wire wire) {
    return message;
  }

  /** A call ended. */
  Ending ended(Ending ending) {
    return ending;
  }

  SwarmConnection.Builder connection(SwarmConnection.Builder builder) {
    return builder;
  }

  StartAgent settings(StartAgent settings) {
    return settings;
  }

  HandlerFailurePolicy policy(HandlerFailurePolicy policy) {
    return policy;
  }

  Handling handling(Handling suite) {
    return suite;
  }

  /** What a listener is told. */
  AgentEvent.Builder told(AgentEvent.Builder event) {
    return event;
  }

  /** Whether publications count as appended the moment they are published. */
  boolean claimsAppended() {
    return false;
  }

  /** What is answered to a vector. */
  String answer(String kind, String outputJson) {
    return outputJson;
  }
}
