package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.swarmlog.sdk.CursorStore;
import dev.swarmlog.sdk.Payloads;
import dev.swarmlog.sdk.Publication;
import dev.swarmlog.sdk.SwarmAgent;
import dev.swarmlog.sdk.SwarmPublisher;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.Topic;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The console in a real browser, of a real coordinator with real agents. */
class ConsoleIT {

  private static final int OPERATIONS_AHEAD = 500;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String HOSTILE = "<img src=x onerror=\"document.title='taken'\">&amp;";
  private static final Path PICTURES = Path.of("target", "console");

  @TempDir private Path folder;

  private final List<AutoCloseable> open = new ArrayList<>();
  private final CountDownLatch stuck = new CountDownLatch(1);
  private Coordinator coordinator;
  private Browser browser;
  private String console;

  @BeforeEach
  void start() throws Exception {
    assumeTrue(
        Browser.isThere(),
        "chromium and chromedriver are not on the PATH: no browser to look with");
    coordinator =
        Coordinator.start(
            Installation.built(),
            folder.resolve("data"),
            "--console-port",
            "0",
            "--trace-file",
            folder.resolve("traces.jsonl").toString());
    console = coordinator.ready().get("console").asText();
    browser = Browser.start(folder.resolve("profile"));
    browser.look(1440, 900, "light");
  }

  @AfterEach
  void stop() throws Exception {
    stuck.countDown();
    for (AutoCloseable one : open) {
      one.close();
    }
    if (browser != null) {
      browser.close();
    }
    if (coordinator != null) {
      coordinator.close();
    }
  }

  @Test
  void shouldSayWhatToDoWhereThereIsNothing() throws Exception {
    // when
    browser.open(console);

    // then
    awaitText("main", "There is no swarm yet", "swarmlog publish fleet 'inspect rack 7'");
    awaitText("#connection", "live");
    publisher("fleet").publish(command("inspect rack 7")).join();
    awaitText("main", "fleet", "fine");
    browser.open(console + "#/swarm/fleet");
    awaitText(
        "main", "No agent is connected", "No alert", "Nothing is parked", "No drift was found");
    browser.open(console + "#/swarm/nowhere");
    awaitText("main", "Expected an existing swarm", "To all swarms");
    browser.open(console + "#/swarm/fleet/main/99");
    awaitText("main", "99", "head");
  }

  @Test
  void shouldShowSwarmsAgentsAndTheLifeOfAnOperation() throws Exception {
    // given
    SwarmPublisher fleet = publisher("fleet");
    for (int i = 1; i <= 4; i++) {
      agent("fleet", "rover-" + i);
    }
    agent("harvest", "drone-1");
    RefusingAgent refusing = new RefusingAgent(coordinator.target(), "fleet", "lifter-7");
    open.add(refusing);
    refusing.stayAlive();
    publisher("harvest").publish(command("field 3")).join();
    fleet.publish(command("inspect rack 7")).join();
    refusing.awaitOperation(1);
    refusing.park(1);
    stuckAgent("fleet", "rover-9");

    // when
    browser.open(console);

    // then: who is in trouble comes first
    awaitText("main tbody tr:first-child", "fleet", "1 parked");
    awaitText("main tbody tr:last-child", "harvest", "fine");

    // when
    browser.open(console + "#/swarm/fleet");
    awaitText("#agents", "rover-1", "live", "lifter-7", "1 operation refused");
    awaitText("#parked", "lifter-7", "rack 7 is locked", "swarmlog parked replay fleet");
    awaitText("#alerts", "parked", "lifter-7");
    awaitText("#agents tbody tr:first-child", "rover-9", "busy", "its handler has been running");

    // then: it goes on by itself
    fleet.publish(command("mind the gap at dock 4")).join();
    awaitText("#operations tbody tr:first-child", "mind the gap at dock 4", "test");

    // when
    browser.open(console + "#/swarm/fleet/main/1");
    awaitText("main", "inspect rack 7", "acknowledged", "1 parked", "rack 7 is locked");
    awaitText(".life", "coordinator", "rover-1", "lifter-7", "handed out");
    assertThat(browser.text("main .facts")).containsPattern("trace\\s+[0-9a-f]{32}");

    // then
    assertThat(browser.complaints()).isEmpty();
    assertThat(browser.requests()).isNotEmpty().allMatch(address -> address.startsWith(console));
    seeWell("fleet");
  }

  @Test
  void shouldPutAnAgentFirstThatIsFarBehind() throws Exception {
    // given two agents, of which one takes its time
    agent("convoy", "hauler-1");
    slowAgent("convoy", "hauler-2");
    SwarmPublisher convoy = publisher("convoy");
    for (int i = 1; i < OPERATIONS_AHEAD; i++) {
      convoy.publish(command("load " + i));
    }
    convoy.publish(command("load the last")).join();

    // when
    browser.open(console + "#/swarm/convoy");

    // then
    awaitText("#agents tbody tr:first-child", "hauler-2", "behind", "operations before it");
    awaitText("#agents tbody tr:last-child", "hauler-1", "live");
  }

  @Test
  void shouldTakeTextForText() throws Exception {
    // given
    SwarmPublisher publisher = publisher(HOSTILE);
    agent(HOSTILE, HOSTILE);
    publisher
        .publish(
            Publication.keyed(
                Topic.TOPIC_ALERTS, Targets.all(), HOSTILE, Payloads.text(HOSTILE, HOSTILE)))
        .join();

    for (String hash : List.of("", "#/swarm/" + encoded(), "#/swarm/" + encoded() + "/main/1")) {
      // when
      browser.open(console + hash);

      // then
      awaitText("main", HOSTILE);
      assertThat(browser.script("return document.querySelectorAll('main img').length"))
          .isEqualTo("0");
      assertThat(browser.script("return document.title")).isNotEqualTo("taken");
    }
    awaitText("#trail", HOSTILE);
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void shouldNotLetANameTurnALineAround() throws Exception {
    // given
    publisher("fleet \u202eteelf").publish(command("inspect \u2067rack 7")).join();

    // when
    browser.open(console + "#/swarm/fleet%20%E2%80%AEteelf");

    // then
    awaitText("main", "fleet \ufffdteelf", "inspect \ufffdrack 7");
    assertThat(browser.script("return document.title")).contains("fleet \ufffdteelf");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void shouldBeUsedByKeys() throws Exception {
    // given
    publisher("fleet").publish(command("inspect rack 7")).join();
    publisher("harvest").publish(command("field 3")).join();
    browser.open(console);
    awaitText("main", "fleet", "harvest");

    // when
    browser.press("/harv");

    // then
    await().atMost(PATIENCE).until(() -> !browser.text("main").contains("fleet"));
    browser.press("\uE00C");
    awaitText("main", "fleet", "harvest");
    browser.script("document.querySelector('main tbody a').focus()");
    browser.press("\uE007");
    awaitText("#trail", "Swarms");
    browser.press("\uE00C");
    awaitText("main", "fleet", "harvest");
  }

  @Test
  void shouldSayThatTheConnectionIsLostAndComeBack() throws Exception {
    // given
    publisher("fleet").publish(command("inspect rack 7")).join();
    browser.open(console);
    awaitText("#connection", "live");
    String port = console.replaceAll("\\D", "");

    // when
    coordinator.kill();

    // then
    awaitText("#lost", "The connection is lost", "swarmlog serve");
    coordinator =
        Coordinator.start(Installation.built(), folder.resolve("data"), "--console-port", port);
    awaitText("#connection", "live");
    awaitText("main", "fleet");
    assertThat(browser.script("return document.getElementById('lost').hidden")).isEqualTo("true");
  }

  /** Wide and narrow, light and dark: nothing is wider than the screen. */
  private void seeWell(String swarm) throws Exception {
    for (String hash : List.of("", "#/swarm/" + swarm, "#/swarm/" + swarm + "/main/1")) {
      for (String scheme : List.of("light", "dark")) {
        for (int width : List.of(360, 1440, 1600)) {
          browser.look(width, width < 500 ? 740 : 900, scheme);
          browser.open(console + hash);
          awaitText("main", swarm.equals("fleet") && hash.endsWith("1") ? "rover-1" : swarm);
          assertThat(
                  browser.script(
                      "return document.documentElement.scrollWidth <= window.innerWidth"))
              .as("%s at %d", hash, width)
              .isEqualTo("true");
          String name = hash.isEmpty() ? "swarms" : hash.endsWith("1") ? "operation" : "swarm";
          browser.screenshot(PICTURES.resolve("%s-%d-%s.png".formatted(name, width, scheme)));
        }
      }
    }
  }

  private void awaitText(String selector, String... texts) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(browser.text(selector)).contains(texts));
  }

  private static String encoded() {
    return URLEncoder.encode(HOSTILE, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private SwarmPublisher publisher(String swarm) {
    SwarmPublisher publisher = SwarmPublisher.builder(coordinator.target(), swarm, "test").start();
    open.add(publisher);
    return publisher;
  }

  private static Publication command(String text) {
    return Publication.event(
        Topic.TOPIC_COMMANDS, Targets.all(), Payloads.text("text/plain", text));
  }

  private void agent(String swarm, String name) {
    open.add(
        SwarmAgent.builder(coordinator.target(), swarm, name)
            .role("inspector")
            .topics(Topic.TOPIC_COMMANDS, Topic.TOPIC_ALERTS)
            .on(Topic.TOPIC_COMMANDS, operation -> {})
            .on(Topic.TOPIC_ALERTS, operation -> {})
            .cursorStore(CursorStore.inMemory())
            .start());
  }

  /** An agent that will not have caught up before the end of the test. */
  private void slowAgent(String swarm, String name) {
    open.add(
        SwarmAgent.builder(coordinator.target(), swarm, name)
            .on(Topic.TOPIC_COMMANDS, operation -> stuck.await(300, TimeUnit.MILLISECONDS))
            .cursorStore(CursorStore.inMemory())
            .start());
  }

  /** An agent whose handler does not come back before the end of the test. */
  private void stuckAgent(String swarm, String name) {
    open.add(
        SwarmAgent.builder(coordinator.target(), swarm, name)
            .on(Topic.TOPIC_COMMANDS, operation -> stuck.await())
            .cursorStore(CursorStore.inMemory())
            .start());
  }
}
