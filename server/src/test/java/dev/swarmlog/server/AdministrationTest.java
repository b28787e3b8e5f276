package dev.swarmlog.server;

import static dev.swarmlog.server.TestServer.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.v1.AdministrationServiceGrpc;
import dev.swarmlog.v1.AdministrationServiceGrpc.AdministrationServiceBlockingStub;
import dev.swarmlog.v1.ConfigurationValue;
import dev.swarmlog.v1.ConnectedAgent;
import dev.swarmlog.v1.ControlRequest;
import dev.swarmlog.v1.ControlResponse;
import dev.swarmlog.v1.CreateSwarmRequest;
import dev.swarmlog.v1.GetStatusRequest;
import dev.swarmlog.v1.GetStatusResponse;
import dev.swarmlog.v1.GetSwarmRequest;
import dev.swarmlog.v1.GetSwarmResponse;
import dev.swarmlog.v1.Heartbeat;
import dev.swarmlog.v1.ListAgentsRequest;
import dev.swarmlog.v1.ListAgentsResponse;
import dev.swarmlog.v1.ListSwarmsRequest;
import dev.swarmlog.v1.ListSwarmsResponse;
import dev.swarmlog.v1.PublishServiceGrpc;
import dev.swarmlog.v1.ShardStatus;
import dev.swarmlog.v1.Swarm;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AdministrationTest {

  @TempDir Path directory;

  private TestServer running;
  private AdministrationServiceBlockingStub administration;

  @BeforeEach
  void start() throws Exception {
    running =
        TestServer.start(
            Map.of("data-directory", directory.resolve("data").toString(), "shards", "3"));
    administration = AdministrationServiceGrpc.newBlockingStub(running.channel());
  }

  @AfterEach
  void stop() {
    running.close();
  }

  @Test
  void shouldCreateSwarmOnce() throws Exception {
    // when
    Swarm created = create("planets");

    // then
    assertThat(created.getName()).isEqualTo("planets");
    assertThat(created.getIncarnation()).isNotZero();
    assertThat(created.getEpoch()).isNotZero();
    assertThat(created.getMainHead().getOpId()).isZero();
    assertThat(created.getMainHead().getRunningHash().size()).isEqualTo(16);
    assertThat(created.getCreatedUnixNano()).isNotZero();
    assertThat(get("planets").getSwarm()).isEqualTo(created);
    assertThat(refusal(() -> create("planets"))).isEqualTo("SWARM_EXISTS");
    assertThat(refusal(() -> create("bad\nname"))).isEqualTo("INVALID_ARGUMENT");
  }

  @Test
  void shouldListSwarmsOfAllShardsByNameInPages() {
    // given
    List<String> names = new ArrayList<>();
    for (int i = 10; i < 35; i++) {
      names.add("swarm-" + i);
      create("swarm-" + i);
    }

    // when
    List<Swarm> listed = new ArrayList<>();
    List<Integer> sizes = new ArrayList<>();
    String token = "";
    do {
      ListSwarmsResponse page =
          administration.listSwarms(
              ListSwarmsRequest.newBuilder().setPageSize(10).setPageToken(token).build());
      listed.addAll(page.getSwarmsList());
      sizes.add(page.getSwarmsCount());
      token = page.getNextPageToken();
    } while (!token.isEmpty());

    // then
    assertThat(listed).extracting(Swarm::getName).containsExactlyElementsOf(names);
    assertThat(sizes).containsExactly(10, 10, 5);
    assertThat(listed).extracting(Swarm::getShard).contains(0, 1, 2);
  }

  @Test
  void shouldShowSumsOfEveryScopeAtTheHead() {
    // given
    create("summed");
    PublishServiceGrpc.newBlockingStub(running.channel())
        .publish(Wire.publish("summed", Wire.event("a"), Wire.event("b")));

    // when
    GetSwarmResponse response = get("summed");

    // then
    assertThat(response.getSwarm().getMainHead().getOpId()).isEqualTo(2);
    assertThat(response.getScopeCount()).isEqualTo(1);
    assertThat(response.getSums(0).getEventCount()).isEqualTo(2);
    assertThat(response.getSums(0).getOpCount()).isEqualTo(2);
  }

  @Test
  void shouldSayThatThereIsNoSuchSwarm() throws Exception {
    assertThat(refusal(() -> get("nobody"))).isEqualTo("SWARM_NOT_FOUND");
    assertThat(
            refusal(
                () ->
                    administration.listAgents(
                        ListAgentsRequest.newBuilder().setSwarm("nobody").build())))
        .isEqualTo("SWARM_NOT_FOUND");
  }

  @Test
  void shouldListConnectedAgentsAndCountThem() throws Exception {
    // given
    create("crowd");
    try (TestStream<ControlRequest, ControlResponse> b = connect("b");
        TestStream<ControlRequest, ControlResponse> a = connect("a")) {
      assertThat(a.next().hasWelcome()).isTrue();
      assertThat(b.next().hasWelcome()).isTrue();

      // when
      List<ConnectedAgent> agents =
          administration
              .listAgents(ListAgentsRequest.newBuilder().setSwarm("crowd").build())
              .getAgentsList();

      // then
      assertThat(agents).extracting(ConnectedAgent::getAgent).containsExactly("a", "b");
      assertThat(agents).allMatch(agent -> agent.getPrincipal().equals("local"));
      assertThat(get("crowd").getSwarm().getConnectedAgents()).isEqualTo(2);
      assertThat(status().getSessionCount()).isEqualTo(2);
    }
  }

  @Test
  void shouldListConnectedAgentsPageByPage() throws Exception {
    // given
    create("crowd");
    try (TestStream<ControlRequest, ControlResponse> b = connect("b");
        TestStream<ControlRequest, ControlResponse> c = connect("c");
        TestStream<ControlRequest, ControlResponse> a = connect("a")) {
      assertThat(a.next().hasWelcome()).isTrue();
      assertThat(b.next().hasWelcome()).isTrue();
      assertThat(c.next().hasWelcome()).isTrue();
      ListAgentsRequest request =
          ListAgentsRequest.newBuilder().setSwarm("crowd").setPageSize(2).build();

      // when
      ListAgentsResponse first = administration.listAgents(request);
      ListAgentsResponse last =
          administration.listAgents(
              request.toBuilder().setPageToken(first.getNextPageToken()).build());

      // then
      assertThat(first.getAgentsList())
          .extracting(ConnectedAgent::getAgent)
          .containsExactly("a", "b");
      assertThat(first.getConnectedAgents()).isEqualTo(3);
      assertThat(last.getAgentsList()).extracting(ConnectedAgent::getAgent).containsExactly("c");
      assertThat(last.getNextPageToken()).isEmpty();
    }
  }

  @Test
  void shouldShowHowLongAHandlerHasBeenRunningAndALaneIsHeld() throws Exception {
    // given
    create("crowd");
    try (TestStream<ControlRequest, ControlResponse> a = connect("a")) {
      assertThat(a.next().hasWelcome()).isTrue();

      // when
      a.send(
          ControlRequest.newBuilder()
              .setHeartbeat(
                  Heartbeat.newBuilder()
                      .setNumber(1)
                      .setHandlerRunningMs(42_000)
                      .setHandlerHeldMs(9_000))
              .build());
      assertThat(a.next().hasHeartbeatReply()).isTrue();

      // then
      ListAgentsRequest request = ListAgentsRequest.newBuilder().setSwarm("crowd").build();
      ConnectedAgent shown = administration.listAgents(request).getAgents(0);
      assertThat(shown.getHandlerRunningMs()).isEqualTo(42_000);
      assertThat(shown.getHandlerHeldMs()).isEqualTo(9_000);
    }
  }

  @Test
  void shouldShowTheCoordinatorItself() {
    // given
    create("one");
    create("two");

    // when
    GetStatusResponse status = status();

    // then
    assertThat(status.getDataDirectory()).isEqualTo(directory.resolve("data").toString());
    assertThat(status.getSwarmCount()).isEqualTo(2);
    assertThat(status.getShardsList()).extracting(ShardStatus::getShard).containsExactly(0, 1, 2);
    assertThat(status.getShardsList()).allMatch(shard -> shard.getState().equals("serving"));
    assertThat(status.getShardsList().stream().mapToLong(ShardStatus::getDurableIndex).sum())
        .isPositive();
    assertThat(status.getConfigurationList())
        .contains(
            ConfigurationValue.newBuilder()
                .setName("shards")
                .setValue("3")
                .setOrigin("flag --shards")
                .build());
    assertThat(status.getLimits()).isEqualTo(Limits.defaults().toProto());
    assertThat(status.getVersion()).isNotEmpty();
    assertThat(status.getStartedUnixNano()).isPositive();
    assertThat(status.getHeapUsedBytes()).isPositive();
  }

  @Test
  void shouldCutPagesThatAreAskedForTooLarge() throws Exception {
    try (TestServer small =
        TestServer.start(Surroundings.real().withLimit("maxListPageSize", 3), Map.of())) {
      // given
      AdministrationServiceBlockingStub stub =
          AdministrationServiceGrpc.newBlockingStub(small.channel());
      for (int i = 0; i < 4; i++) {
        stub.createSwarm(CreateSwarmRequest.newBuilder().setName("swarm-" + i).build());
      }

      // when
      ListSwarmsResponse page =
          stub.listSwarms(ListSwarmsRequest.newBuilder().setPageSize(1_000).build());

      // then
      assertThat(page.getSwarmsList()).hasSize(3);
      assertThat(page.getNextPageToken()).isNotEmpty();
    }
  }

  private Swarm create(String name) {
    return administration
        .createSwarm(CreateSwarmRequest.newBuilder().setName(name).build())
        .getSwarm();
  }

  private GetSwarmResponse get(String name) {
    return administration.getSwarm(GetSwarmRequest.newBuilder().setName(name).build());
  }

  private GetStatusResponse status() {
    return administration.getStatus(GetStatusRequest.getDefaultInstance());
  }

  private TestStream<ControlRequest, ControlResponse> connect(String agent) {
    return Wire.control(running.channel()).send(Wire.frame(Wire.hello("crowd", agent, "i")));
  }
}
