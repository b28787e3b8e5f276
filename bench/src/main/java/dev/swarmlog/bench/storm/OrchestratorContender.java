package dev.swarmlog.bench.storm;

import com.google.protobuf.ByteString;
import dev.swarmlog.bench.ServerProcess;
import dev.swarmlog.bench.v1.Command;
import dev.swarmlog.bench.v1.ExecuteRequest;
import dev.swarmlog.bench.v1.ExecuteResponse;
import dev.swarmlog.bench.v1.ExecutionServiceGrpc.ExecutionServiceImplBase;
import dev.swarmlog.bench.v1.OrchestratorServiceGrpc;
import dev.swarmlog.bench.v1.OrchestratorServiceGrpc.OrchestratorServiceStub;
import dev.swarmlog.bench.v1.RegisterRequest;
import dev.swarmlog.bench.v1.RetryRequest;
import dev.swarmlog.bench.v1.SubmitRequest;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The synchronous orchestrator: every agent is a gRPC server that it calls, over a connection of
 * its own. A publisher that is refused tries again after a backoff with jitter, until it is heard.
 */
final class OrchestratorContender implements Contender {

  private static final long DEADLINE_MS = 5_000;
  private static final Duration PATIENCE = Duration.ofSeconds(4);
  private static final long MAX_BACKOFF_MS = 1_000;
  private static final int MAX_BACKOFF_DOUBLINGS = 5;

  private final StormWorkload workload;
  private final StormHandlers handlers;
  private final ServerProcess server;
  private final ByteString payload;
  private final Random random;
  private final ExecutorService handlerThreads =
      Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final List<Server> agents = new ArrayList<>();
  private final List<ManagedChannel> channels = new ArrayList<>();
  private final List<OrchestratorServiceStub> publishers = new ArrayList<>();
  private @Nullable OrchestratorServiceStub misbehaving;

  OrchestratorContender(StormWorkload workload, StormHandlers handlers, ServerProcess server) {
    this.workload = workload;
    this.handlers = handlers;
    this.server = server;
    this.random = new Random(workload.seed());
    byte[] filling = new byte[workload.payloadBytes()];
    random.nextBytes(filling);
    this.payload = ByteString.copyFrom(filling);
  }

  @Override
  public void connect() throws IOException {
    var registration = OrchestratorServiceGrpc.newBlockingStub(channel()).withWaitForReady();
    for (int swarm = 0; swarm < workload.swarms(); swarm++) {
      publishers.add(OrchestratorServiceGrpc.newStub(channel()));
      for (int agent = 0; agent < workload.agents(); agent++) {
        Server executing =
            NettyServerBuilder.forAddress(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                    InsecureServerCredentials.create())
                .executor(handlerThreads)
                .addService(new Execution(swarm))
                .build()
                .start();
        agents.add(executing);
        var unused =
            registration.register(
                RegisterRequest.newBuilder()
                    .setAgent(name(swarm, agent))
                    .setPort(executing.getPort())
                    .build());
      }
    }
    misbehaving = OrchestratorServiceGrpc.newStub(channel());
  }

  private ManagedChannel channel() {
    ManagedChannel channel =
        Grpc.newChannelBuilder(server.target(), InsecureChannelCredentials.create())
            .directExecutor()
            .build();
    channels.add(channel);
    return channel;
  }

  private static String name(int swarm, int agent) {
    return StormWorkload.swarmName(swarm) + "/" + StormWorkload.agentName(agent);
  }

  /** The number of a command that no other one of any swarm has. */
  private static long number(int swarm, int command) {
    return (long) swarm << Integer.SIZE | command;
  }

  /** The agents of one swarm. */
  private final class Execution extends ExecutionServiceImplBase {
    private final int swarm;

    Execution(int swarm) {
      this.swarm = swarm;
    }

    @Override
    public void execute(ExecuteRequest request, StreamObserver<ExecuteResponse> answer) {
      if (handlers.handle(swarm, (int) request.getCommand().getNumber())) {
        answer.onNext(ExecuteResponse.getDefaultInstance());
        answer.onCompleted();
      } else {
        answer.onError(Status.INTERNAL.withDescription("the handler failed").asException());
      }
    }
  }

  @Override
  public void publish(int swarm, int command) {
    SubmitRequest request =
        SubmitRequest.newBuilder()
            .setCommand(
                Command.newBuilder()
                    .setNumber(number(swarm, command))
                    .setAgent(name(swarm, workload.agentOf(swarm, command)))
                    .setPayload(payload))
            .build();
    publish(publishers.get(swarm), request, 0);
  }

  private void publish(OrchestratorServiceStub publisher, SubmitRequest request, int refusals) {
    publisher
        .withDeadlineAfter(DEADLINE_MS, TimeUnit.MILLISECONDS)
        .submit(
            request,
            new Answer<>(
                answered -> {
                  if (!answered) {
                    publishLater(publisher, request, refusals);
                  }
                }));
  }

  private void publishLater(
      OrchestratorServiceStub publisher, SubmitRequest request, int refusals) {
    long ceilingMs = Math.min(MAX_BACKOFF_MS, 50L << Math.min(refusals, MAX_BACKOFF_DOUBLINGS));
    try {
      var unused =
          timer.schedule(
              () -> publish(publisher, request, refusals + 1),
              1 + random.nextLong(ceilingMs),
              TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException closed) {
      // The run is over; the command counts as lost.
      return;
    }
  }

  @Override
  public BrokenAgent beginStorm() {
    return new BrokenAgent() {
      @Override
      public void ask(Ending ending) {
        long failed = handlers.failedByMisbehaving();
        // Until something has failed it asks for what there is not.
        retry(
            RetryRequest.newBuilder()
                .setNumber(failed < 0 ? Long.MAX_VALUE : number(0, (int) failed)),
            RetryLoop.PATIENCE_MS,
            ending);
      }

      @Override
      public void close() {}
    };
  }

  private void retry(RetryRequest.Builder request, long deadlineMs, BrokenAgent.Ending ending) {
    OrchestratorServiceStub stub = misbehaving;
    if (stub == null) {
      throw new IllegalStateException("Expected to be connected, but it is not");
    }
    stub.withDeadlineAfter(deadlineMs, TimeUnit.MILLISECONDS)
        .retry(request.setAgent(name(0, 0)).build(), new Answer<>(ending));
  }

  @Override
  public void endStorm() {
    retry(
        RetryRequest.newBuilder().setAll(true),
        DEADLINE_MS,
        answered -> {
          if (!answered) {
            try {
              var unused =
                  timer.schedule(
                      this::endStorm, 1 + random.nextLong(MAX_BACKOFF_MS), TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException closed) {
              // The run is over; what failed counts as lost.
              return;
            }
          }
        });
  }

  /** Whether a call was answered at all. */
  private record Answer<R>(BrokenAgent.Ending ending) implements StreamObserver<R> {
    @Override
    public void onNext(R value) {}

    @Override
    public void onError(Throwable refused) {
      ending.ended(false);
    }

    @Override
    public void onCompleted() {
      ending.ended(true);
    }
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
    timer.shutdownNow();
    channels.forEach(ManagedChannel::shutdownNow);
    server.close();
    agents.forEach(Server::shutdownNow);
    handlerThreads.shutdown();
  }
}
