package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.v1.AgentBacklog;
import dev.swarmlog.v1.GetOverviewResponse;
import dev.swarmlog.v1.GetStatusResponse;
import dev.swarmlog.v1.LagQuantiles;
import dev.swarmlog.v1.LaneBacklog;
import dev.swarmlog.v1.LaneStateCount;
import dev.swarmlog.v1.ListBacklogsResponse;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.SwarmOverview;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jline.terminal.Attributes;
import org.jline.terminal.Size;
import org.jline.terminal.impl.LineDisciplineTerminal;
import org.jline.utils.AttributedString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code top} counts, draws, and does with keys. */
class TopTest {

  private static final long SECOND_NS = 1_000_000_000L;
  private static final long STARTED_UNIX_NS = 1_767_225_600L * SECOND_NS;

  private final TopModel model = new TopModel(TopOrder.RATE);

  @Test
  void shouldCountRatesBetweenTwoAnswers() {
    TopSample sample = TopSample.of(answer(12, 300), answer(10, 100));

    TopSample.Row fleet = sample.rows().get(0);
    assertThat(fleet.appendedPerS()).isEqualTo(100);
    assertThat(fleet.deliveredPerS()).isEqualTo(1_000);
    assertThat(fleet.ackedPerS()).isEqualTo(500);
  }

  @Test
  void shouldKnowNoRateAcrossARestart() {
    GetOverviewResponse restarted =
        answer(1, 5).toBuilder()
            .setCoordinator(GetStatusResponse.newBuilder().setStartedUnixNano(STARTED_UNIX_NS + 7))
            .build();

    assertThat(TopSample.of(restarted, answer(10, 100)).rows().get(0).appendedPerS()).isNegative();
    assertThat(TopSample.of(answer(1, 5), null).rows().get(0).appendedPerS()).isNegative();
  }

  @Test
  void shouldDrawSwarmsWithWhatSomebodyShouldLookAt() {
    model.answered(TopSample.of(answer(12, 300), answer(10, 100)));

    assertThat(text(draw(160, 12)))
        .contains("swarms by rate", "localhost:7400, up 12.0 s, 2 swarms, 9 agents")
        .containsPattern("fleet +8 +100 +1,000 +500 +3,210 +a7 1,200 +2.0 ms +3.0 ms +41.0 ms")
        .contains("2 parked, 1 breaker, 3 not reading, a3 silent for 13.0 s")
        .containsPattern("quiet +1 +0 +0 +0 +0 +- +- +-");
  }

  @Test
  void shouldSayHowManySwarmsAndAgentsAreNotListed() {
    // given one swarm of three that are listed
    GetOverviewResponse.Builder first = answer(12, 300).toBuilder();
    first.getCoordinatorBuilder().setSwarmCount(1_503);
    model.answered(TopSample.of(first.build(), null));

    // then
    assertThat(text(draw(160, 12))).contains("… 1,501 more");

    // and of agents
    model.pressed(TopKey.ENTER, 10);
    model.answered(
        "fleet",
        ListBacklogsResponse.newBuilder()
            .setConnectedAgents(10_000)
            .addAgents(AgentBacklog.newBuilder().setAgent("a7"))
            .build());
    assertThat(text(draw(160, 12))).contains("… 9,999 more");
  }

  @ParameterizedTest
  @CsvSource({"80, 24", "40, 10", "200, 50", "80, 5", "10, 1"})
  void shouldFitAnyTerminal(int columns, int maxLines) {
    model.answered(TopSample.of(answer(12, 300), null));
    model.troubled("the coordinator went away; trying again ...");

    List<AttributedString> lines = draw(columns, maxLines);

    assertThat(lines).hasSize(maxLines).allMatch(line -> line.columnLength() <= columns);
  }

  @Test
  void shouldShowTheAgentsOfTheSwarmThatWasChosen() {
    // given
    model.answered(TopSample.of(answer(12, 300), null));
    assertThat(model.chosenIndex()).isZero();
    model.pressed(TopKey.DOWN, 10);
    model.pressed(TopKey.DOWN, 10);
    assertThat(model.chosenIndex()).isEqualTo(1);
    model.pressed(TopKey.UP, 10);

    // when
    model.pressed(TopKey.ENTER, 10);
    model.answered(
        "fleet",
        ListBacklogsResponse.newBuilder()
            .setConnectedAgents(1)
            .setBacklogSum(1_200)
            .addAgents(
                AgentBacklog.newBuilder()
                    .setAgent("a7")
                    .setHandlerRunningMs(8_000)
                    .addLanes(
                        LaneBacklog.newBuilder()
                            .setLog(Log.LOG_MAIN)
                            .setAckedOpId(34)
                            .setBacklog(1_200)
                            .setState("waiting for the agent to read")
                            .setStateMs(12_000)))
            .build());

    // then
    assertThat(text(draw(120, 20)))
        .contains("agents of fleet", "1 agent connected, 1,200 operations before them")
        .containsPattern("a7 +main +34 +1,200 +waiting for the agent to read +12.0 s +8.0 s")
        .doesNotContain("quiet");
    model.pressed(TopKey.BACK, 10);
    assertThat(text(draw(120, 20))).contains("fleet", "quiet", "enter agents");
  }

  @Test
  void shouldSortByKeyAndKeepWhatIsChosen() {
    model.answered(TopSample.of(answer(12, 300), null));
    model.pressed(TopKey.DOWN, 10);

    assertThat(model.pressed(TopKey.BACKLOG, 10)).isTrue();
    GetOverviewResponse turned =
        GetOverviewResponse.newBuilder()
            .addSwarms(answer(13, 300).getSwarms(1))
            .addSwarms(answer(13, 300).getSwarms(0))
            .build();
    model.answered(TopSample.of(turned, null));

    assertThat(model.order()).isEqualTo(TopOrder.BACKLOG);
    assertThat(model.chosenIndex()).isZero();
    assertThat(text(draw(120, 20))).contains("swarms by backlog");
  }

  @Test
  void shouldTakeTheTerminalReadKeysAndGiveItBack() throws IOException {
    // given
    ByteArrayOutputStream shown = new ByteArrayOutputStream();
    List<String> settings = new ArrayList<>();
    try (LineDisciplineTerminal terminal =
        new LineDisciplineTerminal("test", "xterm-256color", shown, StandardCharsets.UTF_8) {
          @Override
          public void setAttributes(Attributes changed) {
            settings.add(changed.toString());
            super.setAttributes(changed);
          }
        }) {
      terminal.setSize(new Size(100, 20));
      String before = terminal.getAttributes().toString();

      // when
      TopScreen screen = new TopScreen(terminal);
      model.answered(TopSample.of(answer(12, 300), null));
      screen.show(this::draw);
      for (String keys : List.of("\u001b[B", "\u001bOA", "b", "\r", "\u001b[6~", "x", "q")) {
        terminal.processInputBytes(keys.getBytes(StandardCharsets.UTF_8));
      }

      // then
      assertThat(shown.toString(StandardCharsets.UTF_8)).contains("\u001b[?1049h", "leet       8");
      assertThat(screen.read(1_000)).isEqualTo(TopKey.DOWN);
      assertThat(screen.read(1_000)).isEqualTo(TopKey.UP);
      assertThat(screen.read(1_000)).isEqualTo(TopKey.BACKLOG);
      assertThat(screen.read(1_000)).isEqualTo(TopKey.ENTER);
      assertThat(screen.read(1_000)).isEqualTo(TopKey.PAGE_DOWN);
      assertThat(screen.read(1_000)).isEqualTo(TopKey.NONE);
      assertThat(screen.read(1_000)).isEqualTo(TopKey.QUIT);
      terminal.setSize(new Size(60, 8));
      screen.show(this::draw);
      screen.close();
      assertThat(shown.toString(StandardCharsets.UTF_8)).contains("\u001b[?1049l");
      assertThat(settings).hasSize(2).last().isEqualTo(before);
    }
  }

  @Test
  void shouldRefuseAnIntervalThatIsTooShortAndAnOrderThereIsNot() {
    assertThat(CommandRun.of("top", "--interval", "10ms").err())
        .contains("Expected --interval of 100ms or more, but got 10 ms.");
    assertThat(CommandRun.of("top", "--sort", "size").err())
        .contains("Expected rate, backlog, lag or name, but got 'size'.");
  }

  private List<AttributedString> draw(int columns, int maxLines) {
    return new TopPicture("localhost:7400", true).draw(model, columns, maxLines);
  }

  private static String text(List<AttributedString> lines) {
    return String.join("\n", lines.stream().map(AttributedString::toString).toList());
  }

  /** So long after the start, with so much appended. */
  private static GetOverviewResponse answer(long seconds, long appended) {
    return GetOverviewResponse.newBuilder()
        .setNowUnixNano(STARTED_UNIX_NS + seconds * SECOND_NS)
        .setCoordinator(
            GetStatusResponse.newBuilder()
                .setStartedUnixNano(STARTED_UNIX_NS)
                .setSwarmCount(2)
                .setSessionCount(9))
        .addSwarms(
            SwarmOverview.newBuilder()
                .setName("fleet")
                .setConnectedAgents(8)
                .setAppendedCount(appended)
                .setDeliveredCount(10 * appended)
                .setAckedCount(5 * appended)
                .setBacklogSum(3_210)
                .setBacklogMax(1_200)
                .setBacklogMaxAgent("a7")
                .setDeliverLag(lag(1_000, 2_000))
                .setAckLag(lag(3_000, 41_000))
                .addLaneStates(LaneStateCount.newBuilder().setState("live").setCount(5))
                .addLaneStates(
                    LaneStateCount.newBuilder()
                        .setState("waiting for the agent to read")
                        .setCount(3))
                .setParkedCount(2)
                .setOpenBreakers(1)
                .setOldestHeartbeatMs(13_000)
                .setOldestHeartbeatAgent("a3"))
        .addSwarms(SwarmOverview.newBuilder().setName("quiet").setConnectedAgents(1))
        .build();
  }

  private static LagQuantiles lag(long p50Us, long p99Us) {
    return LagQuantiles.newBuilder().setCount(10).setP50Us(p50Us).setP99Us(p99Us).build();
  }
}
