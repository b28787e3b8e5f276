package dev.swarmlog.storage.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.storage.TelemetryLog;
import dev.swarmlog.storage.eventlog.Entries;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.Topic;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every form of the telemetry log must do. */
public abstract class TelemetryLogContract {

  private static final long START = Entries.START_UNIX_NS;
  private static final long MINUTE_NS = TimeUnit.MINUTES.toNanos(1);

  private TelemetryLog log;

  /** A new, empty log. */
  protected abstract TelemetryLog open();

  @BeforeEach
  void openLog() {
    log = open();
  }

  @AfterEach
  void closeLog() {
    log.close();
  }

  @Test
  void shouldNumberEachPublisherUpwards() throws InvalidProtocolBufferException {
    // when
    List<StoredOperation> first = log.append("s", "anna", records("1", "2"), START);
    log.append("s", "bert", records("3"), START);
    List<StoredOperation> second = log.append("s", "anna", records("4"), START);

    // then
    List<Long> sequences = List.of(first.get(0).opId(), first.get(1).opId(), second.get(0).opId());
    assertThat(sequences).isSorted().doesNotHaveDuplicates();
    Operation operation = Operation.parseFrom(second.get(0).bytes());
    assertThat(operation.getOpId()).isEqualTo(second.get(0).opId());
    assertThat(operation.getPublisher()).isEqualTo("anna");
    assertThat(operation.getAppendTimeUnixNano()).isEqualTo(START);
    assertThat(operation.getPayload()).isEqualTo(Entries.payload("4"));
    assertThat(second.get(0).runningHash()).isEmpty();
  }

  @Test
  void shouldReadTheLatestOfOneSwarmOldestFirst() {
    // given
    for (int minute = 0; minute < 5; minute++) {
      log.append("s", "anna", records("a" + minute), START + minute * MINUTE_NS);
      log.append("s", "bert", records("b" + minute), START + minute * MINUTE_NS);
      log.append("s\u0001", "anna", records("other"), START + minute * MINUTE_NS);
    }
    log.sync();

    // then
    assertThat(texts(log.readLatest("s", 3))).containsExactly("b3", "a4", "b4");
    assertThat(texts(log.readLatest("s", 100)))
        .containsExactly("a0", "b0", "a1", "b1", "a2", "b2", "a3", "b3", "a4", "b4");
    assertThat(log.readLatest("nowhere", 10)).isEmpty();
    assertThat(log.readLatest("s", 0)).isEmpty();
  }

  @Test
  void shouldDropWholeBucketsThatEndedBefore() {
    // given
    for (int minute = 0; minute < 5; minute++) {
      log.append("s", "anna", records("a" + minute), START + minute * MINUTE_NS);
    }

    // when
    log.dropBefore(START + 3 * MINUTE_NS + MINUTE_NS / 2);

    // then
    assertThat(texts(log.readLatest("s", 100))).containsExactly("a3", "a4");
    assertThat(texts(log.append("s", "anna", records("late"), START))).containsExactly("late");
    assertThat(texts(log.readLatest("s", 100))).containsExactly("late", "a3", "a4");
  }

  @Test
  void shouldRefuseReadersOnceClosed() {
    // when
    log.close();

    // then
    assertThatThrownBy(() -> log.readLatest("s", 1)).isInstanceOf(IllegalStateException.class);
  }

  public static List<PublishRecord> records(String... texts) {
    return IntStream.range(0, texts.length)
        .mapToObj(i -> Entries.keyed(Topic.TOPIC_TELEMETRY, Entries.ALL, "k", texts[i]))
        .toList();
  }

  public static List<String> texts(List<StoredOperation> operations) {
    return operations.stream()
        .map(
            stored -> {
              try {
                return Operation.parseFrom(stored.bytes()).getPayload().getData().toStringUtf8();
              } catch (InvalidProtocolBufferException e) {
                throw new AssertionError(e);
              }
            })
        .toList();
  }
}
