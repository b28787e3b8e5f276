package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.swarmlog.v1.Topic;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class BuilderArgumentsTest {
  private static final String TARGET = "localhost:1";

  static Stream<Arguments> nonsense() {
    SwarmAgentBuilder agent = SwarmAgent.builder(TARGET, "swarm", "agent");
    SwarmPublisherBuilder publisher = SwarmPublisher.builder(TARGET, "swarm", "publisher");
    return Stream.of(
        refused("the name of an agent", () -> SwarmAgent.builder(TARGET, "swarm", null)),
        refused("the name of a swarm", () -> SwarmAgent.builder(TARGET, null, "agent")),
        refused("\"host:port\"", () -> SwarmAgent.builder((String) null, "swarm", "agent")),
        refused("a connection", () -> SwarmAgent.builder((SwarmConnection) null, "swarm", "agent")),
        refused("a role", () -> agent.role(null)),
        refused("an instance", () -> agent.instance(null)),
        refused("a topic", () -> agent.on(null, operation -> {})),
        refused("a handler", () -> agent.on(Topic.TOPIC_COMMANDS, null)),
        refused("a handler", () -> agent.onDelete(Topic.TOPIC_COMMANDS, null)),
        refused("a handler throws", () -> agent.onHandlerFailure(null)),
        refused("a listener", () -> agent.listener(null)),
        refused("a cursor store", () -> agent.cursorStore(null)),
        refused("the name of a publisher", () -> SwarmPublisher.builder(TARGET, "swarm", null)),
        refused("the name of a swarm", () -> SwarmPublisher.builder(TARGET, null, "publisher")),
        refused("the queue is full", () -> publisher.overflow(null)),
        refused("a listener", () -> publisher.listener(null)),
        refused("\"host:port\"", () -> SwarmConnection.builder((String) null)));
  }

  @ParameterizedTest
  @MethodSource("nonsense")
  void shouldRefuseNullAtOnce(String expected, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("Expected ")
        .hasMessageContaining(expected)
        .hasMessageEndingWith(", but got null.");
  }

  @ParameterizedTest
  @MethodSource("tooSmall")
  void shouldRefuseAQueueWithoutRoomAtOnce(int groups, long bytes) {
    SwarmPublisherBuilder builder = SwarmPublisher.builder(TARGET, "swarm", "publisher");

    assertThatThrownBy(() -> builder.maxQueued(groups, bytes))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Expected room for at least one group and one byte, but got %d and %d."
                .formatted(groups, bytes));
  }

  static Stream<Arguments> tooSmall() {
    return Stream.of(arguments(0, 0L), arguments(0, 1L), arguments(1, 0L), arguments(-1, 1L));
  }

  private static Arguments refused(String expected, ThrowingCallable call) {
    return arguments(expected, call);
  }
}
