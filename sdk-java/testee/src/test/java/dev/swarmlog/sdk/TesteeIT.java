package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.conformance.v1.AgentEvent;
import dev.swarmlog.conformance.v1.CursorStore;
import dev.swarmlog.conformance.v1.Describe;
import dev.swarmlog.conformance.v1.Feature;
import dev.swarmlog.conformance.v1.Handle;
import dev.swarmlog.conformance.v1.HandlerFailure;
import dev.swarmlog.conformance.v1.Handlers;
import dev.swarmlog.conformance.v1.Publish;
import dev.swarmlog.conformance.v1.Request;
import dev.swarmlog.conformance.v1.Response;
import dev.swarmlog.conformance.v1.StartAgent;
import dev.swarmlog.conformance.v1.StartPublisher;
import dev.swarmlog.conformance.v1.StopAgent;
import dev.swarmlog.conformance.v1.StopPublisher;
import dev.swarmlog.conformance.v1.Vector;
import dev.swarmlog.testing.SwarmlogServerExtension;
import dev.swarmlog.v1.AllAgents;
import dev.swarmlog.v1.NackReply;
import dev.swarmlog.v1.Topic;
import dev.swarmlog.v1.View;
import dev.swarmlog.v1.ViewScope;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Drives the testee, as the suite does, against a real coordinator. */
class TesteeIT {
  @RegisterExtension final SwarmlogServerExtension server = SwarmlogServerExtension.onDisk();

  @TempDir private Path directory;

  @Test
  void shouldSayWhatItIsAndEndWithItsInput() throws Exception {
    try (TesteeProcess testee = new TesteeProcess()) {
      Response described =
          testee.ask(Request.newBuilder().setDescribe(Describe.getDefaultInstance()));
      Response vector =
          testee.ask(Request.newBuilder().setVector(Vector.newBuilder().setKind("weather")));
      Response empty = testee.ask(Request.newBuilder());

      assertThat(described.getDescription().getLanguage()).isEqualTo("java");
      assertThat(described.getDescription().getFeaturesList())
          .containsExactlyInAnyOrderElementsOf(
              List.of(Feature.values()).subList(1, Feature.values().length - 1));
      assertThat(vector.hasUnsupported()).isTrue();
      assertThat(empty.hasUnsupported()).isTrue();
      assertThat(testee.exit()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Handlers.class,
      names = {"HANDLERS_OPERATION", "HANDLERS_BATCH", "HANDLERS_TRANSACTION"})
  void shouldResumeWhereWhatTookEffectEnds(Handlers handlers) throws Exception {
    publish("one");
    try (TesteeProcess testee = new TesteeProcess()) {
      testee.done(agent(handlers));
      Response first = testee.handle();
      assertThat(texts(first)).isEqualTo("one");
      testee.applied(first);
      testee.event(AgentEvent.EventCase.CAUGHT_UP);
      publish("two");
      assertThat(texts(testee.handle())).isEqualTo("two");
      // when
      testee.kill();
    }
    // then
    try (TesteeProcess testee = new TesteeProcess()) {
      testee.done(agent(handlers));
      Response again = testee.handle();
      assertThat(texts(again)).isEqualTo("two");
      assertThat(again.getHandle().getTo().getOpId())
          .isEqualTo(handlers == Handlers.HANDLERS_OPERATION ? 0 : 2);
      testee.applied(again);
      AgentEvent synced = testee.event(AgentEvent.EventCase.SYNCED);
      assertThat(synced.getSynced().getAgrees()).isTrue();
      assertThat(testee.event(AgentEvent.EventCase.CAUGHT_UP).getCaughtUp().getOpId()).isEqualTo(2);
      testee.done(Request.newBuilder().setStopAgent(StopAgent.newBuilder().setAgent(1)));
      assertThat(testee.unexpectedHandles()).isEmpty();
      assertThat(testee.exit()).isZero();
    }
  }

  @Test
  void shouldFailAsTheSuiteSays() throws Exception {
    publish("parked");
    publish("stops");
    try (TesteeProcess testee = new TesteeProcess()) {
      testee.done(agent(Handlers.HANDLERS_OPERATION));
      // when
      testee.failed(testee.handle(), HandlerFailure.Decision.DECISION_PARK);
      Response second = testee.handle();
      testee.failed(second, HandlerFailure.Decision.DECISION_STOP);
      // then
      assertThat(texts(second)).isEqualTo("stops");
      assertThat(testee.event(AgentEvent.EventCase.NACK_ANSWERED).getNackAnswered().getOutcome())
          .isEqualTo(NackReply.Outcome.OUTCOME_PARKED);
      assertThat(testee.event(AgentEvent.EventCase.REFUSED).getRefused().getMessage())
          .contains("policy says STOP");
    }
  }

  @Test
  void shouldPublishInTheTraceOfTheCallerAndHandleInIt() throws Exception {
    String caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    try (TesteeProcess testee = new TesteeProcess()) {
      testee.done(agent(Handlers.HANDLERS_OPERATION));
      testee.event(AgentEvent.EventCase.CAUGHT_UP);
      testee.done(
          Request.newBuilder()
              .setStartPublisher(
                  StartPublisher.newBuilder()
                      .setTarget(server.target())
                      .setSwarm("s")
                      .setName("p")
                      .setMaxQueuedGroups(10)
                      .setRandomFraction(0.5)
                      .setTraced(true)));
      // when
      int good = testee.send(publish(event("x"), caller));
      Response handled = testee.handle();
      testee.applied(handled);
      Response appended = testee.answer();
      Response refused =
          testee.ask(
              publish(
                  Publication.keyed(
                      Topic.TOPIC_COMMANDS, Targets.all(), "", Payloads.text("t", "bad")),
                  ""));
      Response none = testee.ask(Request.newBuilder().setPublish(Publish.getDefaultInstance()));
      // then
      assertThat(appended.getId()).isEqualTo(good);
      assertThat(appended.getOutcome().getAppended().getFirstOpId()).isEqualTo(1);
      assertThat(handled.getHandle().getTraceparent())
          .startsWith("00-0af7651916cd43dd8448eb211c80319c-")
          .endsWith("-01")
          .isNotEqualTo(caller);
      assertThat(refused.getOutcome().getFailed().getReason()).isEqualTo("INVALID_ARGUMENT");
      assertThat(none.getOutcome().getFailed().getCode()).isEqualTo(3);
      testee.done(Request.newBuilder().setStopPublisher(StopPublisher.newBuilder().setWaitMs(100)));
      Response stopped = testee.ask(publish(event("y"), ""));
      assertThat(stopped.hasProblem()).isTrue();
    }
  }

  @Test
  void shouldHandOverLessWhereItIsBroken() throws Exception {
    for (String text : List.of("1", "2", "3", "4")) {
      publish(text);
    }
    try (TesteeProcess testee = new TesteeProcess("--broken", "drops-an-operation")) {
      testee.done(agent(Handlers.HANDLERS_OPERATION));
      for (String text : List.of("1", "2", "4")) {
        Response handle = testee.handle();
        assertThat(texts(handle)).isEqualTo(text);
        testee.applied(handle);
      }
      assertThat(testee.event(AgentEvent.EventCase.CAUGHT_UP).getCaughtUp().getOpId()).isEqualTo(4);
    }
  }

  @Test
  void shouldLoseOnTheWireWhereItIsBroken() throws Exception {
    String caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    try (TesteeProcess testee = new TesteeProcess("--broken", "loses-traceparent");
        SwarmPublisher planner = SwarmPublisher.builder(server.target(), "s", "planner").start()) {
      testee.done(agent(Handlers.HANDLERS_OPERATION));
      testee.event(AgentEvent.EventCase.CAUGHT_UP);
      planner
          .publish(
              new Publication(event("x").record().toBuilder().setTraceparent(caller).build(), ""))
          .get();
      Response handle = testee.handle();
      assertThat(texts(handle)).isEqualTo("x");
      assertThat(handle.getHandle().getTraceparent()).isEmpty();
    }
  }

  @Test
  void shouldSayWhatIsWrongWithAStart() throws Exception {
    try (TesteeProcess testee = new TesteeProcess()) {
      Response unspecified = testee.ask(agent(Handlers.HANDLERS_UNSPECIFIED));
      testee.done(agent(Handlers.HANDLERS_OPERATION));
      Response twice = testee.ask(agent(Handlers.HANDLERS_OPERATION));
      Response unknown =
          testee.ask(Request.newBuilder().setStopAgent(StopAgent.newBuilder().setAgent(2)));

      assertThat(unspecified.getProblem().getMessage()).contains("how operations are applied");
      assertThat(twice.getProblem().getMessage()).contains("it is running");
      assertThat(unknown.getProblem().getMessage()).contains("it is not");
    }
  }

  private static Request.Builder publish(Publication publication, String caller) {
    return Request.newBuilder()
        .setPublish(Publish.newBuilder().addRecords(publication.record()).setTraceparent(caller));
  }

  private Request.Builder agent(Handlers handlers) {
    return Request.newBuilder()
        .setStartAgent(
            StartAgent.newBuilder()
                .setAgent(1)
                .setTarget(server.target())
                .setSwarm("s")
                .setName("a")
                .setView(
                    View.newBuilder()
                        .addScopes(
                            ViewScope.newBuilder()
                                .setTopic(Topic.TOPIC_COMMANDS)
                                .setAll(AllAgents.getDefaultInstance())))
                .setCursorStore(CursorStore.CURSOR_STORE_DISK)
                .setDirectory(directory.toString())
                .setHandlers(handlers)
                .setTraced(true));
  }

  private void publish(String text) throws Exception {
    try (SwarmPublisher planner = SwarmPublisher.builder(server.target(), "s", "planner").start()) {
      planner.publish(event(text)).get();
    }
  }

  private static Publication event(String text) {
    return Publication.event(Topic.TOPIC_COMMANDS, Targets.all(), Payloads.text("t", text));
  }

  private static String texts(Response handle) {
    Handle call = handle.getHandle();
    return call.getOperationsList().stream()
        .map(operation -> operation.getPayload().getData().toStringUtf8())
        .collect(Collectors.joining(" "));
  }
}
