package dev.swarmlog.otel.export;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import org.junit.jupiter.api.Test;

class LinkedSamplerTest {

  private final Tracer tracer =
      SdkTracerProvider.builder()
          .setSampler(new LinkedSampler(Sampler.parentBased(Sampler.alwaysOff())))
          .addSpanProcessor(SimpleSpanProcessor.create(InMemorySpanExporter.create()))
          .build()
          .get("test");

  @Test
  void shouldSampleARootThatIsLinkedWithASampledSpan() {
    assertThat(root(TraceFlags.getSampled())).isTrue();
  }

  @Test
  void shouldLeaveOthersToTheSamplerThatWasAskedFor() {
    assertThat(root(TraceFlags.getDefault())).isFalse();
    assertThat(
            tracer
                .spanBuilder("child")
                .setParent(Context.root().with(Span.wrap(context(TraceFlags.getDefault()))))
                .addLink(context(TraceFlags.getSampled()))
                .startSpan()
                .getSpanContext()
                .isSampled())
        .isFalse();
  }

  private boolean root(TraceFlags linked) {
    return tracer
        .spanBuilder("commit")
        .setNoParent()
        .addLink(context(linked))
        .startSpan()
        .getSpanContext()
        .isSampled();
  }

  private static SpanContext context(TraceFlags flags) {
    return SpanContext.createFromRemoteParent(
        "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", flags, TraceState.getDefault());
  }
}
