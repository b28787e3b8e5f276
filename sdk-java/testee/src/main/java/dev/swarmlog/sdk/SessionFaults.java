package dev.swarmlog.sdk;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.swarmlog.v1.Ack;
import dev.swarmlog.v1.ControlRequest;
import dev.swarmlog.v1.ControlResponse;
import dev.swarmlog.v1.DataRequest;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.Delivery;
import dev.swarmlog.v1.DigestReport;
import dev.swarmlog.v1.Heartbeat;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Nack;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.ScopeSums;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What a broken agent does wrong in its session. */
final class SessionFaults {
  private SessionFaults() {}

  /** Says something else of each log in Hello. */
  static Fault resume(Consumer<LogResume.Builder> change) {
    return hello(
        hello -> {
          hello.getResumeBuilderList().forEach(change);
          return hello;
        });
  }

  /** Hello says nothing of where the agent stands, but for the first one. */
  static Fault forgetsCursor() {
    return new Fault() {
      private boolean first = true;

      @Override
      Message sending(Message message, Wire wire) {
        if (!(message instanceof ControlRequest request) || !request.hasHello() || first) {
          first = false;
          return message;
        }
        return request.toBuilder().setHello(request.getHello().toBuilder().clearResume()).build();
      }
    };
  }

  /** Each Hello says what the one before should have said. */
  static Fault staleCursor() {
    return new Fault() {
      private List<LogResume> before = List.of();

      @Override
      Message sending(Message message, Wire wire) {
        if (!(message instanceof ControlRequest request) || !request.hasHello()) {
          return message;
        }
        Hello hello = request.getHello();
        Hello stale = hello.toBuilder().clearResume().addAllResume(before).build();
        before = hello.getResumeList();
        return request.toBuilder().setHello(stale).build();
      }
    };
  }

  static Fault hello(UnaryOperator<Hello.Builder> change) {
    return new Fault() {
      @Override
      Message sending(Message message, Wire wire) {
        return message instanceof ControlRequest request && request.hasHello()
            ? request.toBuilder().setHello(change.apply(request.getHello().toBuilder())).build()
            : message;
      }
    };
  }

  static Fault heartbeat(UnaryOperator<Heartbeat.@Nullable Builder> change) {
    return new Fault() {
      @Override
      @Nullable Message sending(Message message, Wire wire) {
        if (!(message instanceof ControlRequest request) || !request.hasHeartbeat()) {
          return message;
        }
        Heartbeat.Builder changed = change.apply(request.getHeartbeat().toBuilder());
        return changed == null ? null : request.toBuilder().setHeartbeat(changed).build();
      }
    };
  }

  static Fault ack(UnaryOperator<Ack.Builder> change) {
    return data(
        request ->
            request.hasAck()
                ? request.toBuilder().setAck(change.apply(request.getAck().toBuilder())).build()
                : request);
  }

  /** Changes what goes up on the lanes, or loses it. */
  static Fault data(UnaryOperator<@Nullable DataRequest> change) {
    return new Fault() {
      @Override
      @Nullable Message sending(Message message, Wire wire) {
        return message instanceof DataRequest request ? change.apply(request) : message;
      }
    };
  }

  /** Changes what comes down on the lanes, or swallows it. */
  static Fault frames(UnaryOperator<@Nullable DataResponse> change) {
    return new Fault() {
      @Override
      @Nullable Message received(Message message, Wire wire) {
        return message instanceof DataResponse frame ? change.apply(frame) : message;
      }
    };
  }

  static Fault control(UnaryOperator<@Nullable ControlResponse> change) {
    return new Fault() {
      @Override
      @Nullable Message received(Message message, Wire wire) {
        return message instanceof ControlResponse frame ? change.apply(frame) : message;
      }
    };
  }

  /** Acknowledges what arrives, and not what is applied. */
  static Fault acksBeforeApply() {
    return new Fault() {
      @Override
      Message received(Message message, Wire wire) {
        if (message instanceof DataResponse frame && frame.getDelivery().getOperationsCount() > 0) {
          wire.send(ack(frame.getDelivery().getTo()));
        }
        return message;
      }
    };
  }

  /** Acknowledges what a handler has refused before the coordinator has taken it. */
  static Fault acksRefused() {
    return new Fault() {
      private @Nullable Wire lane;
      private @Nullable Position to;

      @Override
      Message received(Message message, Wire wire) {
        if (message instanceof DataResponse frame && frame.hasDelivery()) {
          lane = wire;
          to = frame.getDelivery().getTo();
        }
        return message;
      }

      @Override
      Message sending(Message message, Wire wire) {
        if (message instanceof ControlRequest request
            && request.hasNack()
            && lane != null
            && to != null) {
          lane.send(ack(to));
        }
        return message;
      }
    };
  }

  /** Leaves out every operation that is not above all that came before. */
  static Fault ignoresLowerNumbers() {
    return new Fault() {
      private long highest;

      @Override
      Message received(Message message, Wire wire) {
        if (!(message instanceof DataResponse frame) || !frame.hasDelivery()) {
          return message;
        }
        List<Operation> above =
            frame.getDelivery().getOperationsList().stream()
                .filter(operation -> operation.getOpId() > highest)
                .toList();
        highest = Math.max(highest, frame.getDelivery().getTo().getOpId());
        DataResponse.Builder less = frame.toBuilder();
        less.getDeliveryBuilder().clearOperations().addAllOperations(above);
        return less.build();
      }
    };
  }

  /** Takes a delivery behind a gap for the next one. */
  static Fault ignoresGap() {
    return new Fault() {
      private @Nullable Wire lane;
      private long upTo;

      @Override
      Message received(Message message, Wire wire) {
        if (!(message instanceof DataResponse frame) || !frame.hasDelivery()) {
          return message;
        }
        long from = frame.getDelivery().getFromOpId();
        boolean gap = wire == lane && from > upTo;
        long joined = gap ? upTo : from;
        lane = wire;
        upTo = Math.max(joined, frame.getDelivery().getTo().getOpId());
        return frame.toBuilder()
            .setDelivery(frame.getDelivery().toBuilder().setFromOpId(joined))
            .build();
      }
    };
  }

  /** Says once what it cannot apply, and never again. */
  static Fault nacksOnce() {
    return new Fault() {
      private final Set<Long> said = new HashSet<>();

      @Override
      @Nullable Message sending(Message message, Wire wire) {
        if (!(message instanceof ControlRequest request) || !request.hasNack()) {
          return message;
        }
        Nack nack = request.getNack();
        return said.add(nack.getOpId()) ? message : null;
      }
    };
  }

  /** Breaks off where a frame comes that it does not know. */
  static Fault breaksOffAtUnknownFrames() {
    return new Fault() {
      @Override
      Message received(Message message, Wire wire) {
        if (message instanceof DataResponse frame
            && frame.getFrameCase() == DataResponse.FrameCase.FRAME_NOT_SET) {
          wire.cancel();
        }
        return message;
      }
    };
  }

  /** Comes again whatever it is told. */
  static Fault retriesTerminal() {
    return new Fault() {
      @Override
      Ending ended(Ending ending) {
        return ending.status().isOk()
            ? ending
            : new Ending(Status.UNAVAILABLE.withDescription("try again"), new Metadata());
      }
    };
  }

  /** Does not see when to come again. */
  static Fault ignoresRetryInfo() {
    return new Fault() {
      @Override
      Ending ended(Ending ending) {
        com.google.rpc.@Nullable Status told =
            StatusProto.fromStatusAndTrailers(ending.status(), ending.trailers());
        if (told == null || told.getDetailsCount() == 0) {
          return ending;
        }
        com.google.rpc.Status.Builder stripped = told.toBuilder().clearDetails();
        told.getDetailsList().stream()
            .filter(detail -> !detail.is(com.google.rpc.RetryInfo.class))
            .forEach(stripped::addDetails);
        StatusRuntimeException thrown = StatusProto.toStatusRuntimeException(stripped.build());
        Metadata trailers = thrown.getTrailers();
        return new Ending(thrown.getStatus(), trailers == null ? new Metadata() : trailers);
      }
    };
  }

  /** The same sums, but for one bit. */
  static List<ScopeSums> wrong(List<ScopeSums> sums) {
    List<ScopeSums> wrong = new ArrayList<>();
    for (ScopeSums each : sums) {
      byte[] digest = each.getStateDigest().toByteArray();
      if (digest.length > 0) {
        digest[digest.length - 1] ^= 1;
      }
      wrong.add(each.toBuilder().setStateDigest(ByteString.copyFrom(digest)).build());
    }
    return wrong;
  }

  static LogResume.Builder exact(LogResume.Builder resume) {
    if (resume.hasTriple()) {
      resume.getTripleBuilder().setExact(true);
    }
    return resume;
  }

  static LogResume.Builder withoutBase(LogResume.Builder resume) {
    if (resume.hasTriple()) {
      resume.getTripleBuilder().setBaseOpId(resume.getTriple().getCursorOpId());
    }
    return resume;
  }

  static LogResume.Builder withoutLacking(LogResume.Builder resume) {
    boolean atPosition =
        resume.getTriple().getTargetOpId() == resume.getPosition().getOpId()
            && !resume.getTriple().getExact();
    return resume.hasTriple() && atPosition ? resume.clearTriple() : resume;
  }

  static LogResume.Builder claimingSums(LogResume.Builder resume) {
    if (resume.hasTriple() && resume.getSumsCount() == 0) {
      resume
          .getScopesList()
          .forEach(
              scope ->
                  resume.addSums(
                      ScopeSums.newBuilder()
                          .setScope(scope)
                          .setStateDigest(StateDigests.ZERO)
                          .setEventHash(StateDigests.ZERO)));
    }
    return resume;
  }

  static DataResponse untraced(DataResponse frame) {
    if (!frame.hasDelivery()) {
      return frame;
    }
    Delivery.Builder delivery = frame.getDelivery().toBuilder();
    delivery.getOperationsBuilderList().forEach(Operation.Builder::clearTraceparent);
    return frame.toBuilder().setDelivery(delivery).build();
  }

  static DataRequest wrongParts(DataRequest request) {
    if (request.getDigestReport().getPartsCount() == 0) {
      return request;
    }
    DigestReport.Builder report = request.getDigestReport().toBuilder();
    report.getPartsBuilder(0).setKeyCount(report.getParts(0).getKeyCount() + 1);
    return request.toBuilder().setDigestReport(report).build();
  }

  private static DataRequest ack(Position applied) {
    return DataRequest.newBuilder().setAck(Ack.newBuilder().setApplied(applied)).build();
  }
}
