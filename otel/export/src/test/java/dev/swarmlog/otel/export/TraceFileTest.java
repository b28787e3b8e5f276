package dev.swarmlog.otel.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.swarmlog.otel.testing.OtlpJson;
import dev.swarmlog.otel.testing.ReceivedSpan;
import dev.swarmlog.otel.testing.Traces;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.testing.trace.TestSpanData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TraceFileTest {

  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";

  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("traces.jsonl");
  }

  @Test
  void shouldWriteWhatJaegerReadsWithinASecond() throws Exception {
    try (Export export = open()) {
      // given
      Tracer tracer = export.openTelemetry().getTracer("dev.swarmlog");
      SpanContext other =
          SpanContext.create(
              TRACE, "b7ad6b7169203331", TraceFlags.getSampled(), TraceState.getDefault());

      // when
      Span parent = tracer.spanBuilder("publish fleet").setSpanKind(SpanKind.PRODUCER).startSpan();
      tracer
          .spanBuilder("append \"fleet\"\n")
          .setParent(Context.root().with(parent))
          .addLink(other)
          .startSpan()
          .setAttribute("messaging.batch.message_count", 3)
          .setStatus(StatusCode.ERROR, "no")
          .addEvent("flushed")
          .end();
      parent.end();

      // then
      await().atMost(Duration.ofSeconds(5)).until(() -> OtlpJson.read(file).spans().size() == 2);
    }
    Traces traces = OtlpJson.read(file).expectTrees().expectChildrenAfterParents();
    ReceivedSpan child = traces.where(span -> !span.isRoot()).single();
    assertThat(child.name()).isEqualTo("append \"fleet\"\n");
    assertThat(child.links()).containsExactly(TRACE + "/b7ad6b7169203331");
    assertThat(child.failed()).isTrue();
    assertThat(child.attributes()).containsEntry("messaging.batch.message_count", "3");
    assertThat(traces.parentOf(child).kind().getNumber()).isEqualTo(4);
    assertThat(child.service()).isEqualTo("swarmlog");
    assertThat(Files.readAllLines(file)).allMatch(line -> line.startsWith("{\"resourceSpans\":["));
  }

  @Test
  void shouldWriteWhatWaitsWhenItIsClosed() throws Exception {
    Export export = open();
    export.openTelemetry().getTracer("t").spanBuilder("last").startSpan().end();

    export.close();

    assertThat(OtlpJson.read(file).single().name()).isEqualTo("last");
  }

  @Test
  void shouldKeepTheNewestWithinItsBound() throws Exception {
    // given
    long bound = 4_000;
    TraceFile traces = TraceFile.open(file, bound, TraceFile::append);

    // when
    for (int i = 0; i < 100; i++) {
      write(traces, "span " + i);
    }
    traces.shutdown();

    // then
    Path older = folder.resolve("traces.jsonl.1");
    assertThat(Files.size(file)).isBetween(1L, bound);
    assertThat(Files.size(older)).isBetween(bound / 2, bound);
    assertThat(Files.list(folder)).containsExactlyInAnyOrder(file, older);
    List<String> kept = names(older);
    kept.addAll(names(file));
    assertThat(kept).hasSizeGreaterThan(5).endsWith("span 98", "span 99");
    int first = Integer.parseInt(kept.get(0).substring(5));
    for (int i = 0; i < kept.size(); i++) {
      assertThat(kept.get(i)).isEqualTo("span " + (first + i));
    }
  }

  @Test
  void shouldGoOnWithAFileAndTakeAwayALineThatWasCutOff() throws Exception {
    // given
    TraceFile before = TraceFile.open(file, 1 << 20, TraceFile::append);
    write(before, "before");
    before.shutdown();
    byte[] whole = Files.readAllBytes(file);
    byte[] cutOff = Arrays.copyOf(whole, whole.length * 2 - 7);
    System.arraycopy(whole, 0, cutOff, whole.length, whole.length - 7);
    Files.write(file, cutOff);

    // when
    TraceFile after = TraceFile.open(file, 1 << 20, TraceFile::append);
    write(after, "after");
    after.shutdown();

    // then
    assertThat(names(file)).containsExactly("before", "after");
  }

  @Test
  void shouldBeginANewFileWhereSomebodyMovesDeletesOrCutsIt() throws Exception {
    TraceFile traces = TraceFile.open(file, 1 << 20, TraceFile::append);
    write(traces, "first");
    Path moved = folder.resolve("moved");

    Files.move(file, moved);
    write(traces, "after the move");

    assertThat(names(moved)).containsExactly("first");
    assertThat(names(file)).containsExactly("after the move");

    Files.delete(file);
    write(traces, "after the deletion");

    assertThat(names(file)).containsExactly("after the deletion");

    Files.write(file, new byte[0]);
    write(traces, "after the cut");

    assertThat(names(file)).containsExactly("after the cut");
    traces.shutdown();
  }

  @Test
  void shouldLoseTracesWhileTheFolderIsGoneAndGoOnThen() throws Exception {
    Path gone = Files.createDirectory(folder.resolve("gone"));
    TraceFile traces = TraceFile.open(gone.resolve("t"), 1 << 20, TraceFile::append);
    write(traces, "before");
    Files.delete(gone.resolve("t"));
    Files.delete(gone);

    assertThat(traces.export(List.of(span("lost"))).isSuccess()).isFalse();
    Files.createDirectory(gone);
    write(traces, "after");

    traces.shutdown();
    assertThat(names(gone.resolve("t"))).containsExactly("after");
  }

  @Test
  void shouldLeaveAFileThatAnotherCoordinatorWrites() throws Exception {
    TraceFile first = TraceFile.open(file, 1 << 20, TraceFile::append);
    write(first, "first");

    assertThatThrownBy(() -> TraceFile.open(file, 1 << 20, TraceFile::append))
        .isInstanceOf(ExportException.class)
        .hasMessage(
            "Expected to write the trace file %s, but another coordinator writes it: name one that this process may write.",
            file);

    write(first, "second");
    first.shutdown();
    assertThat(names(file)).containsExactly("first", "second");
    TraceFile.open(file, 1 << 20, TraceFile::append).shutdown();
  }

  @Test
  void shouldNotTouchAFileOfSomethingElse() throws Exception {
    for (Path notes : List.of(file, folder.resolve("traces.jsonl.1"))) {
      Files.writeString(notes, "dear diary");

      assertThatThrownBy(() -> TraceFile.open(file, 1 << 20, TraceFile::append))
          .isInstanceOf(ExportException.class)
          .hasMessage(
              "Expected %s to hold traces or not to be there, but it holds something else: name another file.",
              notes);
      assertThat(notes).hasContent("dear diary");
      Files.delete(notes);
    }
  }

  @Test
  void shouldSayThatThereIsNoFolder() {
    Path missing = folder.resolve("missing");

    assertThatThrownBy(() -> TraceFile.open(missing.resolve("t"), 1, TraceFile::append))
        .isInstanceOf(ExportException.class)
        .hasMessage(
            "Expected the folder of the trace file to be there, but %s is no folder: create it, or name another file.",
            missing);
    assertThatThrownBy(() -> TraceFile.open(folder, 1, TraceFile::append))
        .hasMessageContaining("but " + folder + " is none");
  }

  @Test
  void shouldSayThatItMayNotWrite() throws Exception {
    Files.createFile(file);
    assumeThat(file.toFile().setWritable(false) && !Files.isWritable(file))
        .as("a file can be made read-only for this user, who is not root")
        .isTrue();

    assertThatThrownBy(() -> TraceFile.open(file, 1, TraceFile::append))
        .hasMessageContaining("permission is denied");
  }

  @Test
  void shouldSayWhyItCannotOpenTheFile() {
    assertThatThrownBy(
            () ->
                TraceFile.open(
                    file,
                    1,
                    path -> {
                      throw new IOException("Read-only file system");
                    }))
        .isInstanceOf(ExportException.class)
        .hasMessage(
            "Expected to write the trace file %s, but Read-only file system: name one that this process may write.",
            file);
  }

  @Test
  void shouldSayOnceThatTheDiskIsFullAndGoOn() throws Exception {
    AtomicBoolean full = new AtomicBoolean();
    TraceFile traces =
        TraceFile.open(file, 1 << 20, path -> new FullableChannel(TraceFile.append(path), full));
    try (LoggedLines log = LoggedLines.of(ExportWatch.class)) {
      WatchedSpans watched =
          new WatchedSpans(traces, new ExportWatch("Traces", file.toString(), () -> 0));

      // when
      watched.export(List.of(span("before")));
      full.set(true);
      watched.export(List.of(span("lost 1")));
      watched.export(List.of(span("lost 2")));
      assertThat(names(file)).as("no half of a line, while the disk is full").hasSize(1);
      full.set(false);
      watched.export(List.of(span("after")));

      // then
      assertThat(log.lines())
          .containsExactly(
              "WARN Traces should be exported to "
                  + file
                  + ", but No space left on device; they are lost until it works, which is said then",
              "INFO Traces arrive again at " + file + "; 2 were lost meanwhile");
    }
    traces.shutdown();
    assertThat(names(file)).containsExactly("before", "after");
  }

  private Export open() throws ExportException {
    return Export.open(new ExportOptions(Map.of(), "1", false, Optional.of(file)));
  }

  private static List<String> names(Path file) throws IOException {
    return new ArrayList<>(OtlpJson.read(file).spans().stream().map(ReceivedSpan::name).toList());
  }

  private static void write(TraceFile traces, String name) {
    CompletableResultCode result = traces.export(List.of(span(name)));
    assertThat(result.isSuccess()).isTrue();
  }

  private static SpanData span(String name) {
    return TestSpanData.builder()
        .setName(name)
        .setKind(SpanKind.INTERNAL)
        .setSpanContext(
            SpanContext.create(
                TRACE, "b7ad6b7169203331", TraceFlags.getSampled(), TraceState.getDefault()))
        .setStatus(StatusData.unset())
        .setStartEpochNanos(1)
        .setEndEpochNanos(2)
        .setHasEnded(true)
        .build();
  }
}
