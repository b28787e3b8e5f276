package dev.swarmlog.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Context;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the client of a connection is told of how many streams it may open. */
final class ConnectionTest {

  private static final int ALL = 1_000;
  private static final int HARDLY_ANY = 8;

  private final List<Integer> told = new ArrayList<>();
  private final Connection connection = new Connection(ALL, told::add);

  @Test
  void shouldOpenAllStreamsWhenItWasServed() {
    // when
    serve("ann");
    serve("ann");

    // then
    assertThat(told).containsExactly(ALL);
    assertThat(connection.isShared()).isFalse();
  }

  @Test
  void shouldStayNarrowWhileItsAgentIsTried() {
    // given
    connection.carries("hive", "ann");
    connection.narrow(HARDLY_ANY);

    // when
    serve("ann");

    // then
    assertThat(told).containsExactly(HARDLY_ANY);

    // when
    connection.widen();
    connection.widen();

    // then
    assertThat(told).containsExactly(HARDLY_ANY, ALL);
  }

  @Test
  void shouldOpenAllForGoodWhenAnotherAgentComes() {
    // given
    connection.carries("hive", "ann");
    connection.narrow(HARDLY_ANY);

    // when
    serve("ben");
    connection.narrow(HARDLY_ANY);

    // then
    assertThat(connection.isShared()).isTrue();
    assertThat(told).containsExactly(HARDLY_ANY, ALL);
  }

  @Test
  void shouldTellAgentsOfTheSameNameApart() {
    // when
    connection.carries("hive", "ann");
    connection.carries("heap", "ann");

    // then
    assertThat(connection.isShared()).isTrue();
  }

  @Test
  void shouldBeSharedByWhateverIsForNoAgent() {
    // when
    connection.called("swarmlog.v1.SessionService");
    connection.called("swarmlog.v1.PublishService");

    // then
    assertThat(connection.isShared()).isFalse();

    // when
    connection.called("grpc.health.v1.Health");

    // then
    assertThat(connection.isShared()).isTrue();
    assertThat(told).containsExactly(ALL);
  }

  private void serve(String agent) {
    Context.current()
        .withValue(Connection.KEY, connection)
        .run(() -> Connection.serves("hive", agent));
  }
}
