package dev.swarmlog.bench.storm;

import com.google.protobuf.ByteString;
import dev.swarmlog.bench.ServerProcess;
import dev.swarmlog.sdk.CursorStore;
import dev.swarmlog.sdk.HandlerFailurePolicy;
import dev.swarmlog.sdk.Overflow;
import dev.swarmlog.sdk.Payloads;
import dev.swarmlog.sdk.Publication;
import dev.swarmlog.sdk.SwarmAgent;
import dev.swarmlog.sdk.SwarmClient;
import dev.swarmlog.sdk.SwarmConnection;
import dev.swarmlog.sdk.SwarmPublisher;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.RateLimit;
import dev.swarmlog.v1.RateLimits;
import dev.swarmlog.v1.Topic;
import dev.swarmlog.v1.TopicRateLimit;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Swarmlog: agents and publishers of the SDK, each agent with a connection of its own. In a storm
 * the misbehaving agent is a {@link BrokenSwarmAgent} instead of one of the SDK, which would not do
 * what that does; behind it the SDK's agent comes back at the position it had.
 */
final class SwarmlogContender implements Contender {

  private static final String TYPE = "bench";
  private static final String CONTENT_TYPE = "application/octet-stream";
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(60);

  /** A breaker that opened again and again keeps the agent out for minutes. */
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private static final int CLOSERS = 32;
  private static final long CLOSE_TIMEOUT_S = 20;

  private final StormWorkload workload;
  private final StormHandlers handlers;
  private final ServerProcess server;
  private final byte[] filling;
  private final ExecutorService handlerThreads =
      Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final List<SwarmPublisher> publishers = new ArrayList<>();
  private final List<SwarmAgent> agents = new ArrayList<>();
  private final List<SwarmConnection> connections = new ArrayList<>();
  private final CursorStore cursorOfMisbehaving = CursorStore.inMemory();
  private @Nullable SwarmAgent misbehaving;

  SwarmlogContender(StormWorkload workload, StormHandlers handlers, ServerProcess server) {
    this.workload = workload;
    this.handlers = handlers;
    this.server = server;
    this.filling = new byte[workload.payloadBytes()];
    new Random(workload.seed()).nextBytes(filling);
  }

  @Override
  public void connect() throws InterruptedException, TimeoutException {
    try (SwarmClient client = SwarmClient.connect(server.target())) {
      for (int swarm = 0; swarm < workload.swarms(); swarm++) {
        client.createSwarm(StormWorkload.swarmName(swarm));
        var unused = client.setRateLimits(StormWorkload.swarmName(swarm), rateLimits());
        publishers.add(
            SwarmPublisher.builder(connection(), StormWorkload.swarmName(swarm), "publisher")
                .overflow(Overflow.BLOCK)
                .start());
        for (int agent = 0; agent < workload.agents(); agent++) {
          if (StormWorkload.misbehaves(swarm, agent)) {
            misbehaving = agent(swarm, agent, cursorOfMisbehaving);
          } else {
            agents.add(agent(swarm, agent, CursorStore.inMemory()));
          }
        }
      }
    }
    for (SwarmAgent agent : agents) {
      agent.awaitCaughtUp(CONNECT_TIMEOUT);
    }
    if (misbehaving != null) {
      misbehaving.awaitCaughtUp(CONNECT_TIMEOUT);
    }
  }

  /** What an operator would allow each publisher of such a swarm. */
  private RateLimits rateLimits() {
    return RateLimits.newBuilder()
        .addAgent(
            TopicRateLimit.newBuilder()
                .setLimit(RateLimit.newBuilder().setOperationsPerSecond(workload.allowedRate())))
        .build();
  }

  private SwarmAgent agent(int swarm, int agent, CursorStore cursor) {
    return SwarmAgent.builder(
            connection(), StormWorkload.swarmName(swarm), StormWorkload.agentName(agent))
        .on(
            Topic.TOPIC_COMMANDS,
            operation -> {
              ByteString data = operation.getPayload().getData();
              if (!handlers.handle(swarm, data.asReadOnlyByteBuffer().getInt())) {
                throw new IOException("the handler failed");
              }
            })
        .onHandlerFailure(new GivenAgain())
        .cursorStore(cursor)
        .start();
  }

  /**
   * As the default: a command that failed is tried again at once, twice, and then given again; here
   * after as long as with the polite orchestrator. It goes on in place before it would be parked.
   */
  private static final class GivenAgain implements HandlerFailurePolicy {
    private static final Duration FIRST = Duration.ofMillis(100);
    private static final int TRIES = 7;

    @Override
    public Decision decide(List<Operation> operations, Throwable failure, int attempts) {
      return attempts <= TRIES ? Decision.RETRY_AT_ONCE : Decision.RETRY;
    }

    @Override
    public Duration retryLaterIn(int times) {
      return FIRST.multipliedBy(1L << Math.min(times - 1, 3));
    }
  }

  private SwarmConnection connection() {
    SwarmConnection connection =
        SwarmConnection.builder(server.target()).executor(handlerThreads).timer(timer).build();
    connections.add(connection);
    return connection;
  }

  @Override
  public void publish(int swarm, int command) {
    byte[] bytes = filling.clone();
    ByteBuffer.wrap(bytes).putInt(command);
    var unused =
        publishers
            .get(swarm)
            .publish(
                Publication.event(
                    Topic.TOPIC_COMMANDS,
                    Targets.agent(StormWorkload.agentName(workload.agentOf(swarm, command))),
                    Payloads.bytes(TYPE, CONTENT_TYPE, ByteString.copyFrom(bytes))))
            .exceptionally(
                refused -> {
                  handlers.error(refused);
                  return null;
                });
  }

  @Override
  public BrokenAgent beginStorm() {
    if (misbehaving != null) {
      misbehaving.close();
    }
    return new BrokenSwarmAgent(
        server.target(),
        StormWorkload.swarmName(0),
        StormWorkload.agentName(0),
        cursorOfMisbehaving.load().position(Log.LOG_MAIN),
        workload.misbehaviours(),
        ByteString.copyFrom("give me my work again", StandardCharsets.UTF_8),
        operation ->
            handlers.handle(0, operation.getPayload().getData().asReadOnlyByteBuffer().getInt()));
  }

  @Override
  public void endStorm() {
    misbehaving = agent(0, 0, cursorOfMisbehaving);
  }

  @Override
  public Duration patience() {
    return PATIENCE;
  }

  @Override
  public Duration cpu() {
    return server.cpu();
  }

  @Override
  public void close() throws IOException {
    ExecutorService closers = Executors.newFixedThreadPool(CLOSERS);
    agents.forEach(agent -> closers.execute(agent::close));
    if (misbehaving != null) {
      closers.execute(misbehaving::close);
    }
    publishers.forEach(publisher -> closers.execute(publisher::close));
    closers.shutdown();
    try {
      // What does not close in time ends with the coordinator.
      boolean unused = closers.awaitTermination(CLOSE_TIMEOUT_S, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    server.close();
    connections.forEach(SwarmConnection::close);
    timer.shutdownNow();
    handlerThreads.shutdownNow();
  }
}
