package dev.swarmlog.reliability.history;

import static dev.swarmlog.reliability.history.Story.ack;
import static dev.swarmlog.reliability.history.Story.again;
import static dev.swarmlog.reliability.history.Story.askHead;
import static dev.swarmlog.reliability.history.Story.conflict;
import static dev.swarmlog.reliability.history.Story.entry;
import static dev.swarmlog.reliability.history.Story.event;
import static dev.swarmlog.reliability.history.Story.head;
import static dev.swarmlog.reliability.history.Story.numbered;
import static dev.swarmlog.reliability.history.Story.publish;
import static dev.swarmlog.reliability.history.Story.read;
import static dev.swarmlog.reliability.history.Story.refused;
import static dev.swarmlog.reliability.history.Story.set;
import static dev.swarmlog.reliability.history.Story.sync;
import static dev.swarmlog.reliability.history.Story.tail;
import static dev.swarmlog.reliability.history.Story.unknown;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swarmlog.reliability.history.Verdict.Linearizable;
import dev.swarmlog.reliability.history.Verdict.Undecided;
import dev.swarmlog.reliability.history.Verdict.Violated;
import dev.swarmlog.reliability.history.Violation.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class LinearizabilityCheckerTest {

  private final LinearizabilityChecker checker = new LinearizabilityChecker();

  static Stream<Arguments> right() {
    return Stream.of(
        Arguments.of("nothing", new Story()),
        Arguments.of(
            "publishes that overlap, in the order of their IDs",
            new Story()
                .call(0, 9, publish("a"), ack(2))
                .call(0, 9, publish("b"), ack(1))
                .call(10, 11, tail(0), read(2, event(1, "b"), event(2, "a")))),
        Arguments.of(
            "a read that overlaps a publish may see it or not",
            new Story()
                .call(0, 9, publish("a"), ack(1))
                .call(1, 2, askHead(), head(0))
                .call(3, 4, askHead(), head(1))),
        Arguments.of(
            "an unknown publish that appears much later",
            new Story()
                .call(0, 1, publish("a"), unknown())
                .call(2, 3, askHead(), head(0))
                .call(4, 5, publish("b"), ack(1))
                .call(6, 7, tail(0), read(2, event(1, "b"), event(2, "a")))),
        Arguments.of(
            "an unknown publish that never does",
            new Story().call(0, 1, publish("a"), unknown()).call(2, 3, askHead(), head(0))),
        Arguments.of(
            "an unknown publish that only leaves a gap",
            new Story()
                .call(0, 1, publish("a"), unknown())
                .call(2, 3, publish("b"), ack(2))
                .call(4, 5, askHead(), head(2))),
        Arguments.of(
            "a retry that gets the first answer",
            new Story()
                .call(0, 1, numbered(1, "a"), ack(1))
                .call(2, 3, publish("b"), ack(2))
                .call(4, 5, numbered(1, "a"), again(1))),
        Arguments.of(
            "a retry after a cut connection",
            new Story()
                .call(0, 1, numbered(1, "a"), unknown())
                .call(2, 3, numbered(1, "a"), again(1))
                .call(4, 5, numbered(1, "z"), conflict())),
        Arguments.of(
            "a retry that appends, for the first attempt did not arrive",
            new Story()
                .call(0, 1, numbered(1, "a"), unknown())
                .call(2, 3, publish("b"), ack(1))
                .call(4, 5, numbered(1, "a"), ack(2))),
        Arguments.of(
            "a delta of one key, and nothing where its value came back",
            new Story()
                .call(0, 1, set("a", "k", "1"), ack(1))
                .call(2, 3, set("b", "k", "2"), ack(2))
                .call(4, 5, sync(0), read(2, entry(2, Content.keyed("b", "all", "k", "2"))))
                .call(6, 7, set("c", "k", "1"), ack(3))
                .call(8, 9, sync(1), read(3))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("right")
  void shouldFindAnOrderOf(String name, Story story) {
    assertThat(checker.check(story.history())).isInstanceOf(Linearizable.class);
  }

  static Stream<Arguments> wrong() {
    return Stream.of(
        Arguments.of(
            "a stale read",
            Kind.STALE_READ,
            List.of(1, 2),
            new Story()
                .call(0, 1, publish("a"), ack(1))
                .call(2, 3, askHead(), head(0))
                .call(4, 5, askHead(), head(1))),
        Arguments.of(
            "reads that go back",
            Kind.STALE_READ,
            List.of(2, 3),
            new Story()
                .call(0, 9, publish("a"), ack(1))
                .call(1, 2, askHead(), head(1))
                .call(3, 4, askHead(), head(0))
                .call(10, 11, askHead(), head(1))),
        Arguments.of(
            "a lost ack",
            Kind.LOST,
            List.of(1, 2),
            new Story()
                .call(0, 1, publish("a"), ack(1))
                .call(2, 3, askHead(), head(0))
                .call(4, 5, tail(0), read(0))),
        Arguments.of(
            "an ID that is used again",
            Kind.ID_REUSED,
            List.of(1, 2),
            new Story()
                .call(0, 1, publish("a"), ack(1))
                .call(2, 3, publish("b"), ack(1))
                .call(4, 5, tail(0), read(1, event(1, "b")))),
        Arguments.of(
            "an order against that of time",
            Kind.TIME_INVERTED,
            List.of(1, 2),
            new Story().call(0, 1, publish("a"), ack(2)).call(2, 3, publish("b"), ack(1))),
        Arguments.of(
            "something is read before it was published",
            Kind.TIME_INVERTED,
            List.of(1, 2),
            new Story()
                .call(0, 1, tail(0), read(1, event(1, "a")))
                .call(2, 3, publish("a"), unknown())),
        Arguments.of(
            "something that nobody published",
            Kind.INVENTED,
            List.of(2),
            new Story()
                .call(0, 1, publish("a"), ack(1))
                .call(2, 3, tail(0), read(2, event(1, "a"), event(2, "x")))),
        Arguments.of(
            "something that was refused",
            Kind.INVENTED,
            List.of(1, 2),
            new Story()
                .call(0, 1, publish("a"), refused())
                .call(2, 3, tail(0), read(1, event(1, "a")))),
        Arguments.of(
            "a duplicate",
            Kind.APPENDED_TWICE,
            List.of(2, 3),
            new Story()
                .call(0, 1, numbered(1, "a"), unknown())
                .call(2, 3, numbered(1, "a"), ack(2))
                .call(4, 5, tail(0), read(2, event(1, "a"), event(2, "a")))),
        Arguments.of(
            "a duplicate in whose place something later might be, before anybody reads it",
            Kind.APPENDED_TWICE,
            List.of(2, 4),
            new Story()
                .call(0, 1, numbered(1, "a"), unknown())
                .call(2, 3, numbered(1, "a"), ack(2))
                .call(4, 5, publish("b"), unknown())
                .call(6, 7, tail(0), read(2, event(1, "a"), event(2, "a")))),
        Arguments.of(
            "an ID for which only something later is left",
            Kind.HOLE,
            List.of(1),
            new Story()
                .call(0, 1, publish("a"), ack(2))
                .call(2, 3, publish("b"), unknown())
                .call(4, 5, askHead(), head(2))),
        Arguments.of(
            "a retry with another answer",
            Kind.ANSWER_CHANGED,
            List.of(1, 3),
            new Story()
                .call(0, 1, numbered(1, "a"), ack(1))
                .call(2, 3, publish("b"), ack(2))
                .call(4, 5, numbered(1, "a"), again(2))),
        Arguments.of(
            "two attempts that both appended",
            Kind.DUPLICATE_MISJUDGED,
            List.of(1, 2),
            new Story().call(0, 1, numbered(1, "a"), ack(1)).call(2, 3, numbered(1, "a"), ack(1))),
        Arguments.of(
            "an answer again, to the only attempt",
            Kind.DUPLICATE_MISJUDGED,
            List.of(1),
            new Story().call(0, 1, numbered(1, "a"), again(1))),
        Arguments.of(
            "two requests under one number",
            Kind.NUMBER_REUSED,
            List.of(1, 2),
            new Story().call(0, 1, numbered(1, "a"), ack(1)).call(2, 3, numbered(1, "b"), ack(2))),
        Arguments.of(
            "a conflict with nothing",
            Kind.CONFLICT_INVENTED,
            List.of(1),
            new Story().call(0, 1, numbered(1, "a"), conflict())),
        Arguments.of(
            "numbers out of order",
            Kind.NUMBERS_OUT_OF_ORDER,
            List.of(1, 2),
            new Story().call(0, 9, numbered(1, "a"), ack(2)).call(0, 9, numbered(2, "b"), ack(1))),
        Arguments.of(
            "a number that was left out",
            Kind.NUMBERS_OUT_OF_ORDER,
            List.of(2),
            new Story()
                .call(0, 1, numbered(1, "a"), refused())
                .call(2, 3, numbered(2, "b"), ack(1))),
        Arguments.of(
            "part of a group",
            Kind.GROUP_TORN,
            List.of(1, 2),
            new Story().call(0, 9, publish("a", "b"), ack(1, 2)).call(1, 2, askHead(), head(1))),
        Arguments.of(
            "a reading that leaves one out",
            Kind.WRONG_READ,
            List.of(3),
            new Story()
                .call(0, 1, publish("a"), ack(1))
                .call(2, 3, publish("b"), ack(2))
                .call(4, 5, tail(0), read(2, event(2, "b")))),
        Arguments.of(
            "a delta without a key",
            Kind.WRONG_READ,
            List.of(2),
            new Story().call(0, 1, set("a", "k", "1"), ack(1)).call(2, 3, sync(0), read(1))),
        Arguments.of(
            "a delta with what was superseded",
            Kind.WRONG_READ,
            List.of(3),
            new Story()
                .call(0, 1, set("a", "k", "1"), ack(1))
                .call(2, 3, set("b", "k", "2"), ack(2))
                .call(
                    4,
                    5,
                    sync(0),
                    read(
                        2,
                        entry(1, Content.keyed("a", "all", "k", "1")),
                        entry(2, Content.keyed("b", "all", "k", "2"))))),
        Arguments.of(
            "what is for others",
            Kind.FOREIGN,
            List.of(2),
            new Story()
                .call(0, 1, publish("a"), ack(1))
                .call(2, 3, sync(0, "role:scout"), read(1, event(1, "a")))),
        Arguments.of(
            "two histories up to one operation",
            Kind.FORKED,
            List.of(2, 3),
            new Story()
                .call(0, 1, publish("a"), ack(1))
                .call(2, 3, askHead(), head(1, "aa"))
                .call(4, 5, askHead(), head(1, "bb"))),
        Arguments.of(
            "logged times that go back",
            Kind.LOGGED_TIME_BACK,
            List.of(3),
            new Story()
                .call(0, 1, publish("a"), ack(1))
                .call(2, 3, publish("b"), ack(2))
                .call(
                    4,
                    5,
                    tail(0),
                    read(2, new Entry(1, event("a"), 2_000), new Entry(2, event("b"), 1_000)))),
        Arguments.of(
            "an ID under which nothing can be",
            Kind.HOLE,
            List.of(2),
            new Story()
                .call(0, 1, publish("a"), ack(1))
                .call(2, 3, askHead(), head(2))
                .call(4, 5, publish("c"), refused())));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("wrong")
  void shouldSayWhyThereIsNoOrderOf(String name, Kind kind, List<Integer> calls, Story story) {
    // when
    Verdict verdict = checker.check(story.history());

    // then
    assertThat(verdict).isInstanceOf(Violated.class);
    Violated violated = (Violated) verdict;
    assertThat(violated.violation().kind()).as(violated.describe()).isEqualTo(kind);
    assertThat(violated.violation().calls()).extracting(Call::id).isEqualTo(calls);
    assertThat(violated.violation().message()).startsWith("Expected").contains(", but ");
  }

  @Test
  void shouldTellTheShortestStory() {
    // given a stale read in the middle of much else
    Story story = new Story();
    for (int i = 1; i <= 100; i++) {
      story.call(10 * i, 10 * i + 1, publish("a" + i), ack(i));
      story.call(10 * i + 5, 10 * i + 6, askHead(), head(i == 40 ? 39 : i));
    }

    // when
    Violated violated = (Violated) checker.check(story.history());

    // then
    assertThat(violated.describe())
        .isEqualTo(
            """
            fleet/main: STALE_READ. Expected a reader that began after operation 40 had been acknowledged to see it, but it saw a log that ends with 39.
              #79 c79 [0.400000 s, 0.401000 s] publish without number [a40@all] -> appended 40
              #80 c80 [0.405000 s, 0.406000 s] head? -> head 39
            The first 80 calls show it.""");
  }

  @Test
  void shouldSayThatItGaveUp() {
    // given many groups of unknown outcome of two that cannot fill an odd gap
    Story story = new Story();
    for (int i = 0; i < 12; i++) {
      story.call(0, 1, publish("a" + i, "b" + i), unknown());
    }
    story.call(2, 3, askHead(), head(23));

    // when
    Verdict verdict = new LinearizabilityChecker(10_000).check(story.history());

    // then
    assertThat(verdict).isInstanceOf(Undecided.class);
  }

  @Test
  void shouldDecideLongHistoriesAtOnce() {
    // given
    int size = 20_000;
    List<Call> calls = new ArrayList<>();
    Entry[] all =
        LongStream.rangeClosed(1, size)
            .mapToObj(opId -> event(opId, "t" + opId))
            .toArray(Entry[]::new);
    for (int i = 1; i <= size; i++) {
      long at = 10L * i;
      calls.add(new Call(i, "c", at, at + 25, publish("t" + i), ack(i)));
    }
    calls.add(new Call(size + 1, "c", 10L * size + 30, 10L * size + 40, tail(0), read(size, all)));

    // when
    Verdict whole = checker.check(new History("long", calls));
    calls.set(9, new Call(10, "c", 100, 125, publish("t10"), ack(11)));
    Verdict spoilt = checker.check(new History("long", calls));

    // then
    assertThat(whole).isInstanceOf(Linearizable.class);
    assertThat(spoilt).isInstanceOf(Violated.class);
    assertThat(Arrays.asList(all)).hasSize(size);
  }

  @Test
  void shouldRefuseTwoRequestsThatCannotBeTold() {
    Story story = new Story().call(0, 1, publish("a"), ack(1)).call(2, 3, publish("a"), ack(2));

    assertThatThrownBy(story::history)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("different tags");
  }
}
