package dev.swarmlog.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import com.google.protobuf.DynamicMessage;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import io.grpc.stub.ClientCalls;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A client that is not ours: all it knows of the contract it asks the coordinator for, by
 * reflection.
 */
final class GenericClientTest {

  private TestServer running;
  private TestStream<ServerReflectionRequest, ServerReflectionResponse> reflection;
  private final Map<String, FileDescriptor> files = new HashMap<>();

  @BeforeEach
  void start() throws Exception {
    running = TestServer.start(Map.of());
    reflection =
        TestStream.open(ServerReflectionGrpc.newStub(running.channel())::serverReflectionInfo);
  }

  @AfterEach
  void stop() throws Exception {
    reflection.close();
    running.close();
  }

  @Test
  void shouldListEveryService() throws Exception {
    // when
    ServerReflectionResponse response =
        reflection.send(ServerReflectionRequest.newBuilder().setListServices("").build()).next();

    // then
    assertThat(response.getListServicesResponse().getServiceList())
        .extracting(ServiceResponse::getName)
        .containsExactlyInAnyOrder(
            "swarmlog.v1.SessionService",
            "swarmlog.v1.PublishService",
            "swarmlog.v1.SyncService",
            "swarmlog.v1.ObservationService",
            "swarmlog.v1.DriftService",
            "swarmlog.v1.ParkingService",
            "swarmlog.v1.AdministrationService",
            "grpc.health.v1.Health",
            "grpc.reflection.v1.ServerReflection");
  }

  @Test
  void shouldPublishAndTailWithoutGeneratedCode() throws Exception {
    // given
    ServiceDescriptor publishing = service("swarmlog.v1.PublishService");
    ServiceDescriptor observation = service("swarmlog.v1.ObservationService");
    Descriptor publishRequest = publishing.findMethodByName("Publish").getInputType();
    Descriptor group = type(publishRequest, "group");
    Descriptor record = type(group, "records");
    Descriptor target = type(record, "target");
    Descriptor payload = type(record, "payload");
    EnumDescriptor topic = record.findFieldByName("topic").getEnumType();
    EnumDescriptor operationClass = record.findFieldByName("operation_class").getEnumType();

    DynamicMessage request =
        message(
            publishRequest,
            Map.of(
                "swarm", "generic",
                "publisher", "a stranger",
                "group",
                    message(
                        group,
                        Map.of(
                            "records",
                            List.of(
                                message(
                                    record,
                                    Map.of(
                                        "topic", topic.findValueByName("TOPIC_COMMANDS"),
                                        "target",
                                            message(
                                                target,
                                                Map.of(
                                                    "all", message(type(target, "all"), Map.of()))),
                                        "operation_class",
                                            operationClass.findValueByName("OPERATION_CLASS_EVENT"),
                                        "payload",
                                            message(
                                                payload,
                                                Map.of(
                                                    "type",
                                                    "greeting",
                                                    "data",
                                                    ByteString.copyFromUtf8("hello"))))))))));

    // when
    DynamicMessage published =
        ClientCalls.blockingUnaryCall(
            running.channel(), method(publishing, "Publish"), CallOptions.DEFAULT, request);
    Descriptor tailRequest = observation.findMethodByName("Tail").getInputType();
    Iterator<DynamicMessage> tail =
        ClientCalls.blockingServerStreamingCall(
            running.channel(),
            method(observation, "Tail"),
            CallOptions.DEFAULT,
            message(
                tailRequest,
                Map.of(
                    "swarm",
                    "generic",
                    "log",
                    tailRequest.findFieldByName("log").getEnumType().findValueByName("LOG_MAIN"),
                    "after_op_id",
                    0L,
                    "stop_at_head",
                    true)));

    // then
    DynamicMessage ack = (DynamicMessage) get(published, "ack");
    assertThat(get(ack, "first_op_id")).isEqualTo(1L);
    List<Object> operations = new ArrayList<>();
    tail.forEachRemaining(
        frame ->
            operations.addAll(
                (List<?>) get((DynamicMessage) get(frame, "delivery"), "operations")));
    assertThat(operations).hasSize(1);
    DynamicMessage operation = (DynamicMessage) operations.get(0);
    assertThat(get(operation, "publisher")).isEqualTo("a stranger");
    assertThat(get((DynamicMessage) get(operation, "payload"), "data"))
        .isEqualTo(ByteString.copyFromUtf8("hello"));
  }

  /** The service's descriptor, built from what the coordinator says and nothing else. */
  private ServiceDescriptor service(String name) throws Exception {
    ServerReflectionResponse response =
        reflection
            .send(ServerReflectionRequest.newBuilder().setFileContainingSymbol(name).build())
            .next();
    Map<String, FileDescriptorProto> sent = new HashMap<>();
    FileDescriptorProto wanted = null;
    for (ByteString bytes : response.getFileDescriptorResponse().getFileDescriptorProtoList()) {
      FileDescriptorProto file = FileDescriptorProto.parseFrom(bytes);
      sent.put(file.getName(), file);
      if (file.getServiceList().stream()
          .anyMatch(s -> name.equals(file.getPackage() + "." + s.getName()))) {
        wanted = file;
      }
    }
    assertThat(wanted).as("file of %s", name).isNotNull();
    return build(wanted, sent).findServiceByName(name.substring(name.lastIndexOf('.') + 1));
  }

  private FileDescriptor build(FileDescriptorProto file, Map<String, FileDescriptorProto> sent)
      throws Exception {
    FileDescriptor known = files.get(file.getName());
    if (known != null) {
      return known;
    }
    FileDescriptor[] dependencies = new FileDescriptor[file.getDependencyCount()];
    for (int i = 0; i < dependencies.length; i++) {
      dependencies[i] = build(ask(file.getDependency(i), sent), sent);
    }
    FileDescriptor built = FileDescriptor.buildFrom(file, dependencies);
    files.put(file.getName(), built);
    return built;
  }

  private FileDescriptorProto ask(String fileName, Map<String, FileDescriptorProto> sent)
      throws Exception {
    if (!sent.containsKey(fileName)) {
      ServerReflectionResponse response =
          reflection
              .send(ServerReflectionRequest.newBuilder().setFileByFilename(fileName).build())
              .next();
      for (ByteString bytes : response.getFileDescriptorResponse().getFileDescriptorProtoList()) {
        FileDescriptorProto file = FileDescriptorProto.parseFrom(bytes);
        sent.put(file.getName(), file);
      }
    }
    return sent.get(fileName);
  }

  private static MethodDescriptor<DynamicMessage, DynamicMessage> method(
      ServiceDescriptor service, String name) {
    var described = service.findMethodByName(name);
    return MethodDescriptor.<DynamicMessage, DynamicMessage>newBuilder()
        .setFullMethodName(service.getFullName() + "/" + name)
        .setType(
            described.isServerStreaming()
                ? MethodDescriptor.MethodType.SERVER_STREAMING
                : MethodDescriptor.MethodType.UNARY)
        .setRequestMarshaller(
            ProtoUtils.marshaller(DynamicMessage.getDefaultInstance(described.getInputType())))
        .setResponseMarshaller(
            ProtoUtils.marshaller(DynamicMessage.getDefaultInstance(described.getOutputType())))
        .build();
  }

  private static Descriptor type(Descriptor owner, String field) {
    return owner.findFieldByName(field).getMessageType();
  }

  private static DynamicMessage message(Descriptor type, Map<String, Object> fields) {
    DynamicMessage.Builder builder = DynamicMessage.newBuilder(type);
    fields.forEach((name, value) -> builder.setField(type.findFieldByName(name), value));
    return builder.build();
  }

  private static Object get(DynamicMessage message, String field) {
    FieldDescriptor descriptor = message.getDescriptorForType().findFieldByName(field);
    return message.getField(descriptor);
  }
}
