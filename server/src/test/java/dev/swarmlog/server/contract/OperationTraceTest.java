package dev.swarmlog.server.contract;

import static dev.swarmlog.server.contract.Requests.event;
import static dev.swarmlog.server.contract.Requests.withKey;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.swarmlog.v1.Capability;
import dev.swarmlog.v1.Delivery;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.PublishRecord;
import io.grpc.StatusRuntimeException;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The spans that a coordinator makes of an operation. */
class OperationTraceTest {

  private static final String SWARM = "traced";
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String PUBLISH = "b7ad6b7169203331";

  private final InMemorySpanExporter exporter = InMemorySpanExporter.create();
  private Coordinator coordinator;

  @AfterEach
  void stop() throws Exception {
    coordinator.close();
  }

  private void start(Sampler sampler) throws Exception {
    OpenTelemetrySdk sdk =
        OpenTelemetrySdk.builder()
            .setTracerProvider(
                SdkTracerProvider.builder()
                    .setSampler(sampler)
                    .addSpanProcessor(SimpleSpanProcessor.create(exporter))
                    .build())
            .build();
    coordinator = Coordinator.inMemory(surroundings -> surroundings.withOpenTelemetry(sdk));
  }

  /** With a program whose processor of spans throws, at their start or at their end. */
  private void startBroken(boolean atStart) throws Exception {
    SpanProcessor broken =
        new SpanProcessor() {
          @Override
          public void onStart(Context parent, ReadWriteSpan span) {
            if (atStart) {
              throw new IllegalStateException("broken at the start");
            }
          }

          @Override
          public boolean isStartRequired() {
            return true;
          }

          @Override
          public void onEnd(ReadableSpan span) {
            throw new IllegalStateException("broken at the end");
          }

          @Override
          public boolean isEndRequired() {
            return true;
          }
        };
    OpenTelemetrySdk sdk =
        OpenTelemetrySdk.builder()
            .setTracerProvider(SdkTracerProvider.builder().addSpanProcessor(broken).build())
            .build();
    coordinator = Coordinator.inMemory(surroundings -> surroundings.withOpenTelemetry(sdk));
    coordinator.publish(SWARM, event("before"));
  }

  private static PublishRecord traced(String text, String flags) {
    return event(text).toBuilder()
        .setTraceparent("00-" + TRACE + "-" + PUBLISH + "-" + flags)
        .build();
  }

  private SpanData span(String name) {
    await().until(() -> spans(name).size() == 1);
    return spans(name).get(0);
  }

  private List<SpanData> spans(String name) {
    return exporter.getFinishedSpanItems().stream()
        .filter(span -> span.getName().equals(name))
        .toList();
  }

  @Test
  void shouldTraceAnOperationFromReceiptToTheLastAck() throws Exception {
    // given
    start(Sampler.parentBased(Sampler.alwaysOff()));
    coordinator.publish(SWARM, event("before"));
    TestLane ant =
        TestAgent.connect(coordinator, TestAgent.hello(SWARM, "ant")).attach(Log.LOG_MAIN);
    TestLane bee =
        TestAgent.connect(coordinator, TestAgent.hello(SWARM, "bee")).attach(Log.LOG_MAIN);
    ant.caughtUp();
    bee.caughtUp();

    // when
    coordinator.publish(SWARM, traced("go", "03"));
    Delivery toAnt = ant.delivery();
    Delivery toBee = bee.delivery();
    ant.acknowledge(toAnt.getTo());
    bee.acknowledge(toBee.getTo());

    // then
    SpanData append = span("append commands");
    SpanData deliver = span("deliver commands");
    assertThat(List.of(append, deliver))
        .allSatisfy(
            span -> {
              assertThat(span.getTraceId()).isEqualTo(TRACE);
              assertThat(span.getParentSpanId()).isEqualTo(PUBLISH);
              assertThat(text(span, "messaging.system")).isEqualTo("swarmlog");
              assertThat(text(span, "messaging.destination.name")).isEqualTo("traced/commands");
              assertThat(text(span, "messaging.destination.template"))
                  .isEqualTo("{swarm}/commands");
              assertThat(text(span, "messaging.message.id")).isEqualTo("2");
              assertThat(number(span, "swarmlog.operation.id")).isEqualTo(2);
            });
    assertThat(append.getKind()).isEqualTo(SpanKind.SERVER);
    assertThat(deliver.getKind()).isEqualTo(SpanKind.PRODUCER);
    assertThat(number(deliver, "swarmlog.deliver.agents")).isEqualTo(2);
    assertThat(number(deliver, "swarmlog.deliver.agents_traced")).isEqualTo(2);
    assertThat(number(deliver, "swarmlog.ack.count")).isEqualTo(2);
    double first = seconds(deliver, "swarmlog.ack.first");
    double last = seconds(deliver, "swarmlog.ack.last");
    assertThat(first).isPositive().isLessThanOrEqualTo(last);
    assertThat(seconds(deliver, "swarmlog.ack.p99")).isEqualTo(last);
    assertThat((deliver.getEndEpochNanos() - deliver.getStartEpochNanos()) / 1e9)
        .isBetween(last - 1e-6, last + 1e-6);
    assertThat(deliver.getStartEpochNanos()).isGreaterThanOrEqualTo(append.getStartEpochNanos());
    assertThat(toAnt.getTracedOpIdsList()).containsExactly(2L);
    assertThat(toBee.getTracedOpIdsList()).containsExactly(2L);
    assertThat(exporter.getFinishedSpanItems()).as("nothing else").hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldServeOperationsWhoseSpansTheProgramCannotRecord(boolean atStart) throws Exception {
    // given
    startBroken(atStart);
    TestAgent ant =
        TestAgent.connect(
            coordinator,
            TestAgent.hello(SWARM, "ant").setCapabilities(Capability.CAPABILITY_SYNC_VALUE));
    TestLane lane = ant.attach(Log.LOG_MAIN);
    lane.caughtUp();

    // when
    coordinator.publish(SWARM, traced("go", "01"));
    Delivery delivery = lane.delivery();
    lane.acknowledge(delivery.getTo());
    coordinator.publish(SWARM, event("on"));

    // then
    assertThat(lane.delivery().getOperations(0).getOpId()).isEqualTo(3);
  }

  @Test
  void shouldEndTheSyncOfALaneThatIsNotAttached() throws Exception {
    // given
    start(Sampler.alwaysOn());
    coordinator.publish(SWARM, event("before"));
    TestAgent ant =
        TestAgent.connect(
            coordinator,
            TestAgent.hello(SWARM, "ant").setCapabilities(Capability.CAPABILITY_SYNC_VALUE));
    ant.attach(Log.LOG_MAIN).caughtUp();

    // when it attaches the lane again, which it may not
    ant.attachUnread(Log.LOG_MAIN)
        .call()
        .refusal()
        .is(ErrorReason.ERROR_REASON_PROTOCOL_VIOLATION, "Attach of main");

    // then
    await().until(() -> spans("sync main").size() == 2);
    assertThat(spans("sync main"))
        .extracting(span -> span.getStatus().getStatusCode())
        .containsExactly(StatusCode.UNSET, StatusCode.ERROR);
  }

  @Test
  void shouldLinkAGroupCommitWithWhatItMadeDurable() throws Exception {
    // given
    start(Sampler.alwaysOn());

    // when
    coordinator.publish(SWARM, traced("go", "01"));

    // then
    SpanData append = span("append commands");
    SpanData commit = span("commit");
    assertThat(commit.getParentSpanContext()).isEqualTo(SpanContext.getInvalid());
    assertThat(commit.getTraceId()).isNotEqualTo(TRACE);
    assertThat(commit.getKind()).isEqualTo(SpanKind.INTERNAL);
    assertThat(commit.getLinks())
        .extracting(LinkData::getSpanContext)
        .containsExactly(append.getSpanContext());
    assertThat(append.getLinks())
        .extracting(LinkData::getSpanContext)
        .containsExactly(commit.getSpanContext());
    assertThat(number(commit, "swarmlog.commit.operations")).isEqualTo(1);
  }

  @Test
  void shouldBeginTheTraceOfAPublishThatBringsNone() throws Exception {
    // given
    start(Sampler.alwaysOn());

    // when
    coordinator.publish(SWARM, event("untraced"));

    // then
    SpanData append = span("append commands");
    SpanData deliver = span("deliver commands");
    assertThat(append.getParentSpanContext().isValid()).isFalse();
    assertThat(deliver.getParentSpanId()).isEqualTo(append.getSpanId());
    Operation operation = coordinator.everything(SWARM, Log.LOG_MAIN).get(0);
    assertThat(operation.getTraceparent())
        .matches("00-" + append.getTraceId() + "-" + append.getSpanId() + "-0[13]");
    assertThat(number(deliver, "swarmlog.deliver.agents")).isZero();
  }

  @Test
  void shouldLeaveAnUnsampledPublishAlone() throws Exception {
    // given
    start(Sampler.parentBased(Sampler.alwaysOn()));

    // when
    coordinator.publish(SWARM, traced("quiet", "00"), traced("malformed", "zz"));
    coordinator.publish(SWARM, traced("seen", "01"));

    // then
    span("deliver commands");
    assertThat(spans("append commands")).hasSize(1);
  }

  @Test
  void shouldSayWhyAPublishWasRefused() throws Exception {
    // given
    start(Sampler.alwaysOn());
    coordinator.publish(SWARM, withKey("key", event("first")));
    span("deliver commands");
    exporter.reset();

    // when
    assertThatThrownBy(() -> coordinator.publish(SWARM, withKey("key", traced("other", "01"))))
        .isInstanceOf(StatusRuntimeException.class);

    // then
    SpanData append = span("append commands");
    assertThat(append.getTraceId()).isEqualTo(TRACE);
    assertThat(append.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    assertThat(append.getStatus().getDescription()).startsWith("Expected ");
    assertThat(text(append, "error.type")).isEqualTo("REQUEST_CONFLICT");
  }

  @Test
  void shouldLetAtMost32AgentsMakeASpanOfAnOperation() throws Exception {
    // given
    start(Sampler.alwaysOff());
    coordinator.publish(SWARM, event("before"));
    List<TestLane> lanes = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      TestLane lane =
          TestAgent.connect(coordinator, TestAgent.hello(SWARM, "agent-" + i)).attach(Log.LOG_MAIN);
      lane.caughtUp();
      lanes.add(lane);
    }

    // when
    Set<Integer> everChosen = new HashSet<>();
    for (int round = 0; round < 20; round++) {
      String trace = "%032x".formatted(round + 1);
      coordinator.publish(
          SWARM,
          event("go").toBuilder().setTraceparent("00-" + trace + "-" + PUBLISH + "-01").build());
      int chosen = 0;
      for (int i = 0; i < lanes.size(); i++) {
        if (lanes.get(i).delivery().getTracedOpIdsCount() > 0) {
          chosen++;
          everChosen.add(i);
        }
      }
      assertThat(chosen).as("agents that make a span").isBetween(5, 32);
    }

    // then
    assertThat(everChosen).as("the choice goes round").hasSizeGreaterThan(90);
  }

  private static String text(SpanData span, String key) {
    return span.getAttributes().get(AttributeKey.stringKey(key));
  }

  private static long number(SpanData span, String key) {
    return span.getAttributes().get(AttributeKey.longKey(key));
  }

  private static double seconds(SpanData span, String key) {
    return span.getAttributes().get(AttributeKey.doubleKey(key));
  }
}
