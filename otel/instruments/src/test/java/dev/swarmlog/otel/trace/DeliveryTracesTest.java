package dev.swarmlog.otel.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.v1.Topic;
import io.opentelemetry.api.trace.TracerProvider;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DeliveryTracesTest {

  private static final String SAMPLED = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  private static final long MS = TimeUnit.MILLISECONDS.toNanos(1);

  private final InMemorySpanExporter spans = InMemorySpanExporter.create();
  private final SdkTracerProvider provider =
      SdkTracerProvider.builder().addSpanProcessor(SimpleSpanProcessor.create(spans)).build();
  private final StoppedClock clock = new StoppedClock();

  @AfterEach
  void close() {
    provider.close();
  }

  @Test
  void shouldTellTheFirstThe99thOfAHundredAndTheLastOfManyAcks() {
    // given an operation that a thousand agents are given
    DeliveryTraces deliveries = deliveries(provider, true);
    DeliveryTrace trace = begin(deliveries, 1);
    for (int agent = 1; agent <= 1_000; agent++) {
      trace.delivered("a" + agent, 0);
    }

    // when they acknowledge it, one each millisecond
    for (int agent = 1; agent <= 1_000; agent++) {
      trace.acknowledged(agent * MS);
    }
    deliveries.close();

    // then
    SpanData span = spans.getFinishedSpanItems().get(0);
    assertThat(span.getAttributes().get(SpanAttribute.ACKS)).isEqualTo(1_000);
    assertThat(span.getAttributes().get(SpanAttribute.FIRST_ACK)).isEqualTo(0.001);
    assertThat(span.getAttributes().get(SpanAttribute.P99_ACK)).isEqualTo(0.990);
    assertThat(span.getAttributes().get(SpanAttribute.LAST_ACK)).isEqualTo(1.0);
  }

  @Test
  void shouldHoldTheAcksOfThoseOnlyThatItFollows() {
    // given more operations than are followed at one time, all of them acknowledged by many
    DeliveryTraces deliveries = deliveries(provider, true);
    DeliveryTrace first = begin(deliveries, 1);
    acknowledge(first, 200);
    assertThat(first.capacity()).isEqualTo(128);

    // when the first makes way
    for (long opId = 2; opId <= DeliveryTraces.MAX_OPEN + 1; opId++) {
      begin(deliveries, opId);
    }

    // then it holds nothing, whatever comes yet
    acknowledge(first, 200);
    assertThat(first.capacity()).isZero();
  }

  @Test
  void shouldHoldNothingBeforeTheFirstAckAndLittleForFew() {
    DeliveryTrace trace = begin(deliveries(provider, true), 1);
    assertThat(trace.capacity()).isZero();
    acknowledge(trace, 3);
    assertThat(trace.capacity()).isEqualTo(8);
  }

  @Test
  void shouldChooseAgentsButHoldNoAcksWhereTheCoordinatorRecordsNothing() {
    DeliveryTrace trace = begin(deliveries(TracerProvider.noop(), false), 1);
    assertThat(trace.delivered("ant", 0)).isTrue();
    acknowledge(trace, 3);
    assertThat(trace.capacity()).isZero();
  }

  private DeliveryTraces deliveries(TracerProvider tracers, boolean enabled) {
    return new DeliveryTraces(tracers.get("test"), clock, enabled);
  }

  private static DeliveryTrace begin(DeliveryTraces deliveries, long opId) {
    DeliveryTrace trace = deliveries.begin("fleet", Topic.TOPIC_COMMANDS, opId, SAMPLED, "", 1);
    assertThat(trace).isNotNull();
    return trace;
  }

  private static void acknowledge(DeliveryTrace trace, int times) {
    for (int i = 0; i < times; i++) {
      trace.acknowledged(i);
    }
  }

  private static final class StoppedClock implements TraceClock {
    @Override
    public long nowNs() {
      return 0;
    }

    @Override
    public long nowUnixNs() {
      return TimeUnit.SECONDS.toNanos(1_700_000_000);
    }
  }
}
