package dev.swarmlog.otel.testing;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Spans, and whether they hang together. Immutable.
 *
 * <p>Expectations that fail name the spans.
 */
public final class Traces {

  private final List<ReceivedSpan> spans;

  private Traces(List<ReceivedSpan> spans) {
    this.spans = spans;
  }

  /** All spans of what was sent. */
  public static Traces of(Stream<ResourceSpans> resources) {
    return new Traces(
        resources
            .flatMap(
                resource ->
                    resource.getScopeSpansList().stream()
                        .flatMap(scope -> scope.getSpansList().stream())
                        .map(span -> new ReceivedSpan(service(resource), span)))
            .toList());
  }

  private static String service(ResourceSpans resource) {
    return resource.getResource().getAttributesList().stream()
        .filter(attribute -> attribute.getKey().equals("service.name"))
        .map(KeyValue::getValue)
        .map(value -> value.getStringValue())
        .findFirst()
        .orElse("");
  }

  /** In the order in which they came, which is that of their ends at best. */
  public List<ReceivedSpan> spans() {
    return spans;
  }

  /** By the ID of their trace. */
  public Map<String, List<ReceivedSpan>> byTrace() {
    return spans.stream().collect(groupingBy(ReceivedSpan::traceId));
  }

  /** Those of one trace. */
  public Traces trace(String traceId) {
    return where(span -> span.traceId().equals(traceId));
  }

  /** Those that are of this name. */
  public Traces named(String name) {
    return where(span -> span.name().equals(name));
  }

  public Traces where(Predicate<ReceivedSpan> wanted) {
    return new Traces(spans.stream().filter(wanted).toList());
  }

  /** The only one. */
  public ReceivedSpan single() {
    assertThat(spans).as("one span").hasSize(1);
    return spans.get(0);
  }

  /** The span that one hangs below; it must be there. */
  public ReceivedSpan parentOf(ReceivedSpan child) {
    List<ReceivedSpan> parents =
        spans.stream()
            .filter(span -> span.traceId().equals(child.traceId()))
            .filter(span -> span.spanId().equals(child.parentId()))
            .toList();
    assertThat(parents).as("the parent of %s among %s", child, spans).hasSize(1);
    return parents.get(0);
  }

  /** Those that hang right below a span, in the order of their starts. */
  public List<ReceivedSpan> childrenOf(ReceivedSpan parent) {
    return spans.stream()
        .filter(span -> span.traceId().equals(parent.traceId()))
        .filter(span -> span.parentId().equals(parent.spanId()))
        .sorted(Comparator.comparingLong(span -> span.span().getStartTimeUnixNano()))
        .toList();
  }

  /** Expects each ID to be well-formed and used once. */
  public Traces expectSoundIds() {
    assertThat(spans)
        .allSatisfy(
            span -> {
              assertThat(span.traceId()).matches("[0-9a-f]{32}").isNotEqualTo("0".repeat(32));
              assertThat(span.spanId()).matches("[0-9a-f]{16}").isNotEqualTo("0".repeat(16));
              assertThat(span.parentId()).matches("([0-9a-f]{16})?").isNotEqualTo(span.spanId());
              assertThat(span.durationNs()).as("duration of %s", span).isNotNegative();
            });
    assertThat(spans).extracting(ReceivedSpan::id).doesNotHaveDuplicates();
    return this;
  }

  /** Expects each span to be a root, or to have its parent here, in the same trace. */
  public Traces expectNoOrphans() {
    Set<String> ids = spans.stream().map(ReceivedSpan::id).collect(toSet());
    assertThat(spans)
        .as("spans without their parent")
        .filteredOn(span -> !span.isRoot())
        .filteredOn(span -> !ids.contains(span.traceId() + "/" + span.parentId()))
        .isEmpty();
    return this;
  }

  /** Expects each trace to have one root, and every span to hang below it, without a ring. */
  public Traces expectTrees() {
    expectSoundIds();
    expectNoOrphans();
    byTrace().values().forEach(Traces::expectTree);
    return this;
  }

  private static void expectTree(Collection<ReceivedSpan> trace) {
    List<ReceivedSpan> roots = trace.stream().filter(ReceivedSpan::isRoot).toList();
    assertThat(roots).as("roots of %s", trace).hasSize(1);
    Map<String, List<ReceivedSpan>> children =
        trace.stream().collect(groupingBy(ReceivedSpan::parentId));
    Set<String> reached = new HashSet<>();
    Deque<String> open = new ArrayDeque<>(List.of(roots.get(0).spanId()));
    while (!open.isEmpty()) {
      String id = open.remove();
      if (reached.add(id)) {
        children.getOrDefault(id, List.of()).forEach(child -> open.add(child.spanId()));
      }
    }
    assertThat(reached).as("spans below %s", roots.get(0)).hasSize(trace.size());
  }

  /** Expects every link to lead to a span that is here. */
  public Traces expectLinksToLead() {
    Set<String> ids = spans.stream().map(ReceivedSpan::id).collect(toSet());
    assertThat(spans)
        .allSatisfy(span -> assertThat(ids).as("links of %s", span).containsAll(span.links()));
    return this;
  }

  /** Expects children not to begin before their parents, within one process. */
  public Traces expectChildrenAfterParents() {
    List<ReceivedSpan> early = new ArrayList<>();
    for (ReceivedSpan span : spans) {
      if (!span.isRoot()) {
        ReceivedSpan parent = parentOf(span);
        if (parent.service().equals(span.service())
            && span.span().getStartTimeUnixNano() < parent.span().getStartTimeUnixNano()) {
          early.add(span);
        }
      }
    }
    assertThat(early).as("spans that began before their parents").isEmpty();
    return this;
  }
}
