package dev.swarmlog.otel.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.util.HexFormat;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Shows of each expectation that it can fail. */
class TracesTest {

  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String ROOT = "00000000000000a1";
  private static final String CHILD = "00000000000000a2";
  private static final String GRANDCHILD = "00000000000000a3";

  @Test
  void shouldAcceptATree() {
    Traces traces =
        traces(
            span(ROOT, "").setName("publish"),
            span(CHILD, ROOT).setStartTimeUnixNano(30),
            span(GRANDCHILD, CHILD).addLinks(link(TRACE, ROOT)).setStartTimeUnixNano(40));

    assertThatCode(() -> traces.expectTrees().expectLinksToLead().expectChildrenAfterParents())
        .doesNotThrowAnyException();
    ReceivedSpan root = traces.named("publish").single();
    assertThat(root.isRoot()).isTrue();
    assertThat(traces.childrenOf(root)).extracting(ReceivedSpan::spanId).containsExactly(CHILD);
    assertThat(traces.parentOf(traces.childrenOf(root).get(0))).isEqualTo(root);
  }

  @Test
  void shouldFindAnOrphan() {
    assertFails(traces(span(ROOT, ""), span(CHILD, GRANDCHILD)), Traces::expectNoOrphans);
  }

  @Test
  void shouldNotTakeASpanOfAnotherTraceForTheParent() {
    assertFails(
        traces(span(ROOT, ""), span(CHILD, ROOT).setTraceId(bytes("1" + TRACE.substring(1)))),
        Traces::expectNoOrphans);
  }

  @Test
  void shouldFindASecondRoot() {
    assertFails(traces(span(ROOT, ""), span(CHILD, "")), Traces::expectTrees);
  }

  @Test
  void shouldFindARing() {
    assertFails(
        traces(span(ROOT, ""), span(CHILD, GRANDCHILD), span(GRANDCHILD, CHILD)),
        Traces::expectTrees);
  }

  @Test
  void shouldFindAnIdThatIsUsedTwiceOrMadeOfZeros() {
    assertFails(traces(span(ROOT, ""), span(ROOT, "")), Traces::expectSoundIds);
    assertFails(traces(span("0".repeat(16), "")), Traces::expectSoundIds);
    assertFails(traces(span(ROOT, ROOT)), Traces::expectSoundIds);
  }

  @Test
  void shouldFindATimeThatRunsBackwards() {
    assertFails(traces(span(ROOT, "").setEndTimeUnixNano(1)), Traces::expectSoundIds);
    assertFails(
        traces(span(ROOT, ""), span(CHILD, ROOT).setStartTimeUnixNano(1)),
        Traces::expectChildrenAfterParents);
  }

  @Test
  void shouldFindALinkToNowhere() {
    assertFails(traces(span(ROOT, "").addLinks(link(TRACE, CHILD))), Traces::expectLinksToLead);
  }

  private static void assertFails(Traces traces, Consumer<Traces> expectation) {
    assertThatThrownBy(() -> expectation.accept(traces)).isInstanceOf(AssertionError.class);
  }

  private static Traces traces(Span.Builder... spans) {
    ScopeSpans.Builder scope = ScopeSpans.newBuilder();
    Stream.of(spans).forEach(scope::addSpans);
    return Traces.of(Stream.of(ResourceSpans.newBuilder().addScopeSpans(scope).build()));
  }

  private static Span.Builder span(String id, String parent) {
    return Span.newBuilder()
        .setTraceId(bytes(TRACE))
        .setSpanId(bytes(id))
        .setParentSpanId(bytes(parent))
        .setStartTimeUnixNano(10)
        .setEndTimeUnixNano(100);
  }

  private static Span.Link link(String trace, String span) {
    return Span.Link.newBuilder().setTraceId(bytes(trace)).setSpanId(bytes(span)).build();
  }

  private static ByteString bytes(String hex) {
    return ByteString.copyFrom(HexFormat.of().parseHex(hex));
  }
}
