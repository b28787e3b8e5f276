package dev.swarmlog.reliability.faults.disk;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.PublishRequest;
import dev.swarmlog.v1.PublishServiceGrpc;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.Topic;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.concurrent.TimeUnit;

/**
 * What one publish on the bare contract was answered.
 *
 * @param code of gRPC
 * @param reason "" if it was accepted or nothing is known
 * @param mayRetry whether it was told when to come again
 */
record Attempt(io.grpc.Status.Code code, String reason, boolean mayRetry) {

  static Attempt of(ManagedChannel channel, String swarm, Topic topic) throws Exception {
    PublishRecord record =
        PublishRecord.newBuilder()
            .setTopic(topic)
            .setTarget(Target.newBuilder().setAgent("nobody"))
            .setOperationClass(OperationClass.OPERATION_CLASS_KEYED)
            .setKey("attempt")
            .setPayload(Payload.newBuilder().setData(ByteString.copyFromUtf8("attempt")))
            .build();
    try {
      var unused =
          PublishServiceGrpc.newBlockingStub(channel)
              .withWaitForReady()
              .withDeadlineAfter(10, TimeUnit.SECONDS)
              .publish(
                  PublishRequest.newBuilder()
                      .setSwarm(swarm)
                      .setPublisher("attempts")
                      .setGroup(PublishGroup.newBuilder().addRecords(record))
                      .build());
      return new Attempt(io.grpc.Status.Code.OK, "", false);
    } catch (StatusRuntimeException e) {
      String reason = "";
      boolean mayRetry = false;
      Status status = StatusProto.fromThrowable(e);
      if (status != null) {
        for (Any detail : status.getDetailsList()) {
          if (detail.is(ErrorInfo.class)) {
            reason = detail.unpack(ErrorInfo.class).getReason();
          }
          mayRetry |= detail.is(RetryInfo.class);
        }
      }
      return new Attempt(e.getStatus().getCode(), reason, mayRetry);
    }
  }

  boolean accepted() {
    return code == io.grpc.Status.Code.OK;
  }

  boolean refusedForSpace() {
    return code == io.grpc.Status.Code.RESOURCE_EXHAUSTED && reason.equals("DISK_FULL") && mayRetry;
  }
}
