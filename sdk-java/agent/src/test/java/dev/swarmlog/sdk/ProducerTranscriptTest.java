package dev.swarmlog.sdk;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.Durability;
import dev.swarmlog.v1.Limits;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.ProducerHello;
import dev.swarmlog.v1.ProducerWelcome;
import dev.swarmlog.v1.PublishAck;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.PublishRefusal;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Plays {@code transcripts/producer}. */
class ProducerTranscriptTest {
  private final List<String> outputs = new ArrayList<>();
  private ProducerSession<String> session;
  private TransitionTable table;
  private long nowNs;
  private long room;

  static List<String> names() throws IOException {
    return Transcript.names("producer");
  }

  @ParameterizedTest
  @MethodSource("names")
  void shouldFollowTheTranscript(String name) throws IOException {
    play(name);
  }

  @Test
  void shouldWalkTheWholeTableOfTransitions() throws IOException {
    // given
    table = new TransitionTable(ProducerSession.class, ProducerSession.State.values());
    // when
    for (String name : names()) {
      play(name);
    }
    // then
    table.check();
  }

  private void play(String name) throws IOException {
    session =
        new ProducerSession<>(
            "s", "p", "id", Log.LOG_MAIN, 100, new Recorder(), new Backoff(new FixedRandom()));
    nowNs = 0;
    room = Long.MAX_VALUE;
    Transcript.play("producer", name, outputs, this::input);
  }

  private void input(Transcript.Input in) {
    ProducerSession.State before = session.state();
    switch (in.verb()) {
      case "offer" ->
          in.words()
              .forEach(
                  word ->
                      session.offer(
                          word,
                          PublishGroup.newBuilder()
                              .addRecords(
                                  PublishRecord.newBuilder()
                                      .setPayload(
                                          Payload.newBuilder()
                                              .setData(ByteString.copyFromUtf8(word))))
                              .build()));
      case "room" -> room = in.number(0);
      case "clock" -> nowNs += Duration.parse("PT" + in.word(0)).toNanos();
      case "welcome" ->
          session.welcome(
              ProducerWelcome.newBuilder()
                  .setProducerEpoch(in.setting("epoch", 1))
                  .setNextNumber(in.setting("next", 1))
                  .setMaxInFlightGroups((int) in.setting("window", 10))
                  .setLimits(
                      Limits.newBuilder().setMaxGroupBytes((int) in.setting("groupBytes", 0)))
                  .build(),
              nowNs);
      case "ack" ->
          session.acked(
              PublishAck.newBuilder()
                  .setNumber(in.number(0))
                  .setFirstOpId(in.setting("op", 0))
                  .setLast(Position.newBuilder().setOpId(in.setting("op", 0)))
                  .setDurability(Durability.DURABILITY_ALWAYS)
                  .setDuplicate(in.words().contains("duplicate"))
                  .build(),
              nowNs);
      case "refuse" ->
          session.refused(
              PublishRefusal.newBuilder()
                  .setNumber(in.number(0))
                  .setStatus(
                      Statuses.status(
                          in.word(1),
                          in.settings().containsKey("expected")
                              ? Map.of("expected_number", in.settings().get("expected"))
                              : Map.of(),
                          in.setting("retryMs", 0)))
                  .build(),
              nowNs);
      case "ended" ->
          session.streamEnded(Statuses.failure(in.word(0), in.setting("retryMs", 0)), nowNs);
      case "timer" -> session.timer();
      case "close" -> session.close();
      default -> throw new IllegalArgumentException("Expected an input, but got " + in);
    }
    for (PublishGroup sent = poll(); sent != null; sent = poll()) {
      outputs.add(
          "send %s as %d"
              .formatted(
                  sent.getRecords(0).getPayload().getData().toStringUtf8(), sent.getNumber()));
    }
    outputs.add("is " + session.state());
    if (table != null) {
      table.walk(before, session.state());
    }
  }

  private PublishGroup poll() {
    if (room == 0) {
      return null;
    }
    PublishGroup polled = session.poll();
    if (polled != null) {
      room--;
    }
    return polled;
  }

  private final class Recorder implements ProducerSession.Output<String> {
    @Override
    public void openStream(ProducerHello hello) {
      outputs.add("open stream, epoch " + hello.getProducerEpoch());
    }

    @Override
    public void endStream() {
      outputs.add("end stream");
    }

    @Override
    public void sent(String token) {}

    @Override
    public void appended(String token, GroupPosition where) {
      outputs.add(
          "%s appended at %d%s"
              .formatted(token, where.firstOpId(), where.duplicate() ? ", again" : ""));
    }

    @Override
    public void failed(String token, Failure why) {
      outputs.add("%s failed: %s".formatted(token, why.describe()));
    }

    @Override
    public void acknowledgedLost(long groups, Position newest) {
      outputs.add("lost %d, the newest at %d".formatted(groups, newest.getOpId()));
    }

    @Override
    public void outcomeUnknown(String token, Failure why) {
      outputs.add("%s unknown: %s".formatted(token, why.describe()));
    }

    @Override
    public void breakerChanged(PublisherState.Breaker changed, @Nullable Failure why, long forNs) {
      outputs.add(
          "breaker is %s%s%s"
              .formatted(
                  changed,
                  forNs == 0 ? "" : " for %d ms".formatted(Duration.ofNanos(forNs).toMillis()),
                  why == null
                      ? ""
                      : ": " + why.reason().name().substring("ERROR_REASON_".length())));
    }

    @Override
    public void waits(Failure why, long forNs) {}

    @Override
    public void resumed() {}

    @Override
    public void startTimer(long delayNs) {
      outputs.add("timer in %d ms".formatted(Duration.ofNanos(delayNs).toMillis()));
    }
  }
}
