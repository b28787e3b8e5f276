package dev.swarmlog.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.ByteString;
import com.sun.net.httpserver.HttpHandler;
import dev.swarmlog.console.Http.Reply;
import dev.swarmlog.server.SwarmlogServer;
import dev.swarmlog.server.configuration.ServerConfiguration;
import dev.swarmlog.v1.AllAgents;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.PublishRequest;
import dev.swarmlog.v1.PublishServiceGrpc;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.Topic;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
final class ConsoleTest {

  private static final String HOSTILE = "<img src=x onerror=\"alert('1')\"> & co";
  private static final int LARGE_BYTES = 64 << 20;

  private static SwarmlogServer server;
  private static ManagedChannel channel;
  private static Console console;
  private static Http http;

  @BeforeAll
  static void start() throws Exception {
    // The bounds in time are tested by waiting for them.
    System.setProperty("sun.net.httpserver.maxReqTime", "2");
    System.setProperty("sun.net.httpserver.maxRspTime", "2");
    server =
        SwarmlogServer.start(
            ServerConfiguration.load(
                Optional.empty(),
                Map.of(),
                Map.of("port", "0", "in-memory", "true", "drain-timeout", "1s")));
    channel =
        Grpc.newChannelBuilder("localhost:" + server.port(), InsecureChannelCredentials.create())
            .build();
    console = Console.start(0, server.localObserver().channel());
    http = new Http(console.port());
  }

  @AfterAll
  static void stop() {
    console.close();
    channel.shutdownNow();
    server.stopAbruptly();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/", "/index.html", "/console.css", "/console.js", "/coordinator.js", "/elements.js",
        "/overview.js", "/swarm.js", "/operation.js", "/texts.js", "/icon.svg", "/api/overview"
      })
  void shouldForbidTheBrowserAllButItself(String path) throws Exception {
    // when
    Reply reply = http.get(path);

    // then
    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.headers().toLowerCase(Locale.ROOT))
        .contains(
            "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'",
            "frame-ancestors 'none'",
            "x-content-type-options: nosniff",
            "x-frame-options: deny",
            "cache-control: no-store",
            "cross-origin-resource-policy: same-origin")
        .doesNotContain("access-control-allow", "unsafe");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/console.css", "/console.js", "/swarm.js", "/operation.js"})
  void shouldNameNoOtherMachine(String path) throws Exception {
    assertThat(http.get(path).body().replace("http://www.w3.org/2000/svg", ""))
        .doesNotContain("http://", "https://", "//cdn", "@import", "url(");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.example",
        "localhost.evil.example",
        "evil.example:7480",
        "127.0.0.1.evil.example",
        "127.0.0.2",
        "0.0.0.0",
        "[::]",
        "localhost:7480:1",
        "user@localhost",
        " "
      })
  void shouldRefuseWhoNamesAnotherMachine(String host) throws Exception {
    // when
    Reply reply = http.send("GET /api/overview HTTP/1.1", "Host: " + host);

    // then
    assertThat(reply.status()).isIn(400, 403);
    assertThat(reply.body()).doesNotContain("nowUnixNano");
  }

  @Test
  void shouldRefuseWhoNamesNoMachineOrTwo() throws Exception {
    assertThat(http.send("GET / HTTP/1.0").status()).isEqualTo(403);
    assertThat(http.send("GET / HTTP/1.1", "Host: localhost", "Host: evil.example").status())
        .isIn(400, 403);
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "LOCALHOST:80", "127.0.0.1", "127.0.0.1:9", "[::1]:7480"})
  void shouldAnswerWhoNamesThisMachine(String host) throws Exception {
    assertThat(http.send("GET / HTTP/1.1", "Host: " + host).status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "get"})
  void shouldOnlyShow(String method) throws Exception {
    for (String path : List.of("/", "/api/overview", "/nowhere")) {
      // when
      Reply reply =
          http.send(method + " " + path + " HTTP/1.1", "Host: localhost", "Content-Length: 0");

      // then
      assertThat(reply.status()).isEqualTo(405);
      assertThat(reply.headers()).contains("Allow: GET");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/nowhere",
        "/../pom.xml",
        "/..%2f..%2fetc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/./index.html",
        "/index.html/",
        "/index.html%00",
        "/Console.class",
        "/api/",
        "/api",
        "/api/overview/x",
        "/api/overviews",
        "//etc/passwd",
        "/package-info.class"
      })
  void shouldKnowItsOwnPathsOnly(String path) throws Exception {
    // when
    Reply reply = http.get(path);

    // then
    assertThat(reply.status()).isEqualTo(404);
    assertThat(reply.body()).contains("There is no such page");
  }

  @Test
  void shouldAnswerAsTheContractSays() throws Exception {
    // given
    publish("contract", "inspect rack 7");

    // when
    JsonObject overview = json("/api/overview?swarm=contract");
    JsonObject agents = json("/api/agents?swarm=contract");
    JsonObject life = json("/api/life?swarm=contract&op=1");

    // then
    JsonObject swarm = overview.getAsJsonArray("swarms").get(0).getAsJsonObject();
    assertThat(swarm.get("name").getAsString()).isEqualTo("contract");
    assertThat(swarm.get("mainHeadOpId").getAsString()).isEqualTo("1");
    assertThat(agents.size()).isZero();
    assertThat(life.getAsJsonObject("operation").get("publisher").getAsString()).isEqualTo("test");
    for (String path : List.of("swarm", "backlogs", "parked", "drift", "tail")) {
      assertThat(http.get("/api/" + path + "?swarm=contract").status()).as(path).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/agents",
        "/api/agents?swarm=",
        "/api/agents?swarm",
        "/api/life?swarm=a&op=x",
        "/api/life?swarm=a&log=telemetry&op=1",
        "/api/tail?swarm=a&after=-1",
        "/api/tail?swarm=a&topic=nonsense",
        "/api/life?swarm=a"
      })
  void shouldSayWhatIsWrongWithAQuestion(String path) throws Exception {
    // when
    Reply reply = http.get(path);

    // then
    assertThat(reply.status()).isEqualTo(400);
    assertThat(JsonParser.parseString(reply.body()).getAsJsonObject().get("error").getAsString())
        .startsWith("Expected");
  }

  @Test
  void shouldSayThatThereIsNoSuchSwarm() throws Exception {
    assertThat(http.get("/api/agents?swarm=nowhere").status()).isEqualTo(404);
  }

  @Test
  void shouldKeepHostileTextWithinJson() throws Exception {
    // given
    publish(HOSTILE, HOSTILE);

    // when
    Reply reply = http.get("/api/tail?swarm=" + URLEncoder.encode(HOSTILE, StandardCharsets.UTF_8));

    // then
    assertThat(reply.headers().toLowerCase(Locale.ROOT)).contains("content-type: application/json");
    assertThat(JsonParser.parseString(reply.body()).getAsJsonObject().get("toOpId").getAsString())
        .isEqualTo("1");
  }

  @Test
  void shouldListABoundedNumberOfOperationsWithSmallPayloads() throws Exception {
    // given
    publish("many", "x".repeat(ConsoleLimits.LISTED_PAYLOAD_BYTES + 1));
    for (int i = 0; i < ConsoleLimits.LISTED_OPERATIONS; i++) {
      publish("many", "small");
    }

    // when
    JsonObject all = json("/api/tail?swarm=many");
    JsonObject first = json("/api/tail?swarm=many&last=501&topic=commands");
    JsonObject behind = json("/api/tail?swarm=many&after=498");
    JsonObject none = json("/api/tail?swarm=many&topic=alerts");
    publish("large", "x".repeat(ConsoleLimits.LISTED_PAYLOAD_BYTES + 1));
    JsonObject large = json("/api/tail?swarm=large");

    // then
    assertThat(all.getAsJsonArray("operations")).hasSize(ConsoleLimits.LISTED_OPERATIONS);
    assertThat(opIds(all).get(0)).isEqualTo("2");
    assertThat(opIds(first)).hasSize(ConsoleLimits.LISTED_OPERATIONS);
    assertThat(opIds(behind)).containsExactly("499", "500", "501");
    assertThat(behind.get("toOpId").getAsString()).isEqualTo("501");
    assertThat(behind.get("skipped").getAsBoolean()).isFalse();
    assertThat(opIds(none)).isEmpty();
    assertThat(none.get("toOpId").getAsString()).isEqualTo("501");
    assertThat(large.getAsJsonArray("cutOpIds").get(0).getAsString()).isEqualTo("1");
    assertThat(large.toString()).doesNotContain("eHh4eHh4");
  }

  @Test
  void shouldGoOnAtTheHeadWhereMoreCameThanOneAnswerGoesThrough() throws Exception {
    // given somebody who has seen the first, and much more since
    publish("busy", "first");
    int perGroup = 500;
    int came = 18 * perGroup;
    for (int i = 0; i < came; i += perGroup) {
      publish("busy", Collections.nCopies(perGroup, "x".repeat(300)));
    }

    // when
    JsonObject behind = json("/api/tail?swarm=busy&after=1");

    // then
    assertThat(behind.get("toOpId").getAsString()).isEqualTo(Integer.toString(came + 1));
    assertThat(behind.get("skipped").getAsBoolean()).isTrue();
    assertThat(opIds(behind))
        .hasSize(ConsoleLimits.LISTED_OPERATIONS)
        .endsWith(Integer.toString(came + 1));
  }

  @Test
  void shouldListNothingTwiceWhereOperationsAreTooLargeForOneAnswer() throws Exception {
    // given
    String large = "x".repeat(512 << 10);
    for (int i = 1; i <= 40; i++) {
      publish("heavy", large);
    }

    // when
    JsonObject newest = json("/api/tail?swarm=heavy");
    JsonObject behind = json("/api/tail?swarm=heavy&after=35");

    // then
    assertThat(newest.get("toOpId").getAsString()).isEqualTo("40");
    assertThat(newest.get("skipped").getAsBoolean()).isTrue();
    assertThat(opIds(newest)).isNotEmpty().endsWith("40");
    assertThat(opIds(behind)).containsExactly("36", "37", "38", "39", "40");
    assertThat(behind.get("skipped").getAsBoolean()).isFalse();
  }

  @Test
  void shouldRefuseLongPathsAndManyHeaders() throws Exception {
    // given
    String[] headers = new String[ConsoleLimits.HEADERS + 2];
    headers[0] = "GET / HTTP/1.1";
    headers[1] = "Host: localhost";
    for (int i = 2; i < headers.length; i++) {
      headers[i] = "X-More-" + i + ": 1";
    }

    // then
    assertThat(http.get("/?" + "a".repeat(ConsoleLimits.TARGET_CHARS)).status()).isEqualTo(414);
    assertThat(http.send(headers).status()).isIn(0, 400, 431);
  }

  @Test
  void shouldServeWhatIsMountedUnderTheSameRules() throws Exception {
    // given
    console.mount("/mounted", answering("figures".getBytes(StandardCharsets.UTF_8)));

    // then
    assertThat(http.get("/mounted").body()).isEqualTo("figures");
    assertThat(http.get("/mounted/more").status()).isEqualTo(404);
    assertThat(http.get("/mountedmore").status()).isEqualTo(404);
    assertThat(http.send("GET /mounted HTTP/1.1", "Host: evil.example").status()).isEqualTo(403);
    assertThat(http.send("POST /mounted HTTP/1.1", "Host: localhost").status()).isEqualTo(405);
  }

  @Test
  void shouldDropWhoDoesNotReadAndHoldUpNobody() throws Exception {
    // given
    CountDownLatch dropped = new CountDownLatch(ConsoleLimits.THREADS - 1);
    HttpHandler large = answering(new byte[LARGE_BYTES]);
    console.mount(
        "/large",
        exchange -> {
          try {
            large.handle(exchange);
          } catch (IOException e) {
            dropped.countDown();
          }
        });
    List<Socket> readers = new ArrayList<>();
    for (int i = 0; i < ConsoleLimits.THREADS - 1; i++) {
      Socket reader = http.open();
      readers.add(reader);
      reader
          .getOutputStream()
          .write("GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.UTF_8));
    }

    // when
    Reply meanwhile = http.get("/api/overview");

    // then
    assertThat(meanwhile.status()).isEqualTo(200);
    assertThat(dropped.await(20, TimeUnit.SECONDS)).as("readers are dropped").isTrue();
    for (Socket reader : readers) {
      reader.close();
    }
  }

  @Test
  void shouldDropWhoDoesNotSay() throws Exception {
    // given
    try (Socket talker = http.open()) {
      talker.getOutputStream().write("GET / HT".getBytes(StandardCharsets.UTF_8));

      // when
      Reply meanwhile = http.get("/");

      // then
      assertThat(meanwhile.status()).isEqualTo(200);
      assertThat(talker.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void shouldListenOnLoopbackOnly() throws Exception {
    assertThat(InetAddress.getLoopbackAddress().isLoopbackAddress()).isTrue();
    for (NetworkInterface network : NetworkInterface.networkInterfaces().toList()) {
      for (InetAddress address : network.inetAddresses().toList()) {
        if (!address.isLoopbackAddress()) {
          assertThatThrownBy(() -> connect(address)).isInstanceOf(IOException.class);
        }
      }
    }
  }

  @Test
  void shouldSayThatItsPortIsTaken() {
    assertThatThrownBy(() -> Console.start(console.port(), server.localObserver().channel()))
        .isInstanceOf(PortTakenException.class)
        .hasMessageContaining("Expected to show the console on port " + console.port());
  }

  @Test
  void shouldSayThatTheCoordinatorHasGone() throws Exception {
    // given
    SwarmlogServer gone =
        SwarmlogServer.start(
            ServerConfiguration.load(
                Optional.empty(), Map.of(), Map.of("port", "0", "in-memory", "true")));
    try (Console left = Console.start(0, gone.localObserver().channel())) {
      gone.stopAbruptly();

      // when
      Reply reply = new Http(left.port()).get("/api/overview");

      // then
      assertThat(reply.status()).isEqualTo(503);
    }
  }

  private static void connect(InetAddress address) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(address, console.port()), 1_000);
    }
  }

  private static HttpHandler answering(byte[] body) {
    return exchange -> {
      try (exchange) {
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
      }
    };
  }

  private static JsonObject json(String path) throws IOException {
    Reply reply = http.get(path);
    assertThat(reply.status()).as(reply.body()).isEqualTo(200);
    return JsonParser.parseString(reply.body()).getAsJsonObject();
  }

  private static List<String> opIds(JsonObject page) {
    JsonArray operations = page.getAsJsonArray("operations");
    return operations.asList().stream()
        .map(operation -> operation.getAsJsonObject().get("opId").getAsString())
        .toList();
  }

  private static void publish(String swarm, String text) {
    publish(swarm, List.of(text));
  }

  private static void publish(String swarm, List<String> texts) {
    PublishServiceGrpc.newBlockingStub(channel)
        .publish(
            PublishRequest.newBuilder()
                .setSwarm(swarm)
                .setPublisher("test")
                .setGroup(
                    PublishGroup.newBuilder()
                        .addAllRecords(texts.stream().map(ConsoleTest::record).toList()))
                .build());
  }

  private static PublishRecord record(String text) {
    return PublishRecord.newBuilder()
        .setTopic(Topic.TOPIC_COMMANDS)
        .setTarget(Target.newBuilder().setAll(AllAgents.getDefaultInstance()))
        .setOperationClass(OperationClass.OPERATION_CLASS_EVENT)
        .setPayload(Payload.newBuilder().setType("text").setData(ByteString.copyFromUtf8(text)))
        .build();
  }
}
