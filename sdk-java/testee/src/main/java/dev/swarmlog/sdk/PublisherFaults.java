package dev.swarmlog.sdk;

import com.google.protobuf.Message;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.PublishStreamRequest;
import dev.swarmlog.v1.PublishStreamResponse;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What a broken publisher does wrong. */
final class PublisherFaults {
  private PublisherFaults() {}

  /** What it does on each stream but the first. */
  private abstract static class AfterReconnect extends Fault {
    private int streams;

    @Override
    @Nullable Message sending(Message message, Wire wire) {
      if (!(message instanceof PublishStreamRequest request)) {
        return message;
      }
      streams += request.hasHello() ? 1 : 0;
      return streams > 1 ? sendingAgain(request) : message;
    }

    abstract @Nullable Message sendingAgain(PublishStreamRequest request);
  }

  /** Gives what it sends again other numbers. */
  static Fault renumbers() {
    return new AfterReconnect() {
      @Override
      Message sendingAgain(PublishStreamRequest request) {
        return request.hasGroup()
            ? request.toBuilder()
                .setGroup(
                    request.getGroup().toBuilder().setNumber(request.getGroup().getNumber() + 1))
                .build()
            : request;
      }
    };
  }

  /** Sends nothing again. */
  static Fault dropsOnReconnect() {
    return new AfterReconnect() {
      @Override
      @Nullable Message sendingAgain(PublishStreamRequest request) {
        return request.hasGroup() ? null : request;
      }
    };
  }

  /** Comes back as another producer, so that what had been appended is appended again. */
  static Fault publishesTwice() {
    return new AfterReconnect() {
      @Override
      Message sendingAgain(PublishStreamRequest request) {
        return request.hasHello()
            ? request.toBuilder()
                .setHello(
                    request.getHello().toBuilder()
                        .setProducerId(request.getHello().getProducerId() + "'")
                        .clearProducerEpoch())
                .build()
            : request;
      }
    };
  }

  static Fault claimsAppended() {
    return new Fault() {
      @Override
      boolean claimsAppended() {
        return true;
      }
    };
  }

  /** Sends all it has. */
  static Fault ignoresWindow() {
    return responses(
        response ->
            response.hasWelcome()
                ? response.toBuilder()
                    .setWelcome(response.getWelcome().toBuilder().setMaxInFlightGroups(1_000))
                    .build()
                : response);
  }

  /** Takes a refusal for good for one that may change. */
  static Fault sendsRefusedAgain() {
    return responses(
        response ->
            response.hasRefusal()
                ? response.toBuilder()
                    .setRefusal(
                        response.getRefusal().toBuilder()
                            .setStatus(
                                com.google.rpc.Status.newBuilder()
                                    .setCode(io.grpc.Status.Code.UNAVAILABLE.value())))
                    .build()
                : response);
  }

  /** Publishes without the trace of the caller. */
  static Fault losesTrace() {
    return new Fault() {
      @Override
      Message sending(Message message, Wire wire) {
        if (!(message instanceof PublishStreamRequest request) || !request.hasGroup()) {
          return message;
        }
        PublishGroup.Builder group = request.getGroup().toBuilder();
        group.getRecordsBuilderList().forEach(PublishRecord.Builder::clearTraceparent);
        return request.toBuilder().setGroup(group).build();
      }
    };
  }

  private static Fault responses(UnaryOperator<PublishStreamResponse> change) {
    return new Fault() {
      @Override
      Message received(Message message, Wire wire) {
        return message instanceof PublishStreamResponse response ? change.apply(response) : message;
      }
    };
  }
}
