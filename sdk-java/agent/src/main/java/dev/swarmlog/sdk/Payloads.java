package dev.swarmlog.sdk;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.swarmlog.v1.Payload;

/** Payloads of operations. Handlers are chosen by the payload's type. */
public final class Payloads {
  static final String PROTOBUF = "application/protobuf";

  private Payloads() {}

  /** A protobuf message; its full name is the type. */
  public static Payload of(Message message) {
    return Payload.newBuilder()
        .setType(message.getDescriptorForType().getFullName())
        .setContentType(PROTOBUF)
        .setData(message.toByteString())
        .build();
  }

  /** JSON text, as it is; {@code type} says what it means, such as "acme.Result". */
  public static Payload json(String type, String json) {
    return bytes(type, "application/json", ByteString.copyFromUtf8(json));
  }

  /** Plain text. */
  public static Payload text(String type, String text) {
    return bytes(type, "text/plain; charset=utf-8", ByteString.copyFromUtf8(text));
  }

  /** Any bytes. */
  public static Payload bytes(String type, String contentType, ByteString data) {
    return Payload.newBuilder().setType(type).setContentType(contentType).setData(data).build();
  }
}
