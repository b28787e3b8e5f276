package dev.swarmlog.server.grpc;

import dev.swarmlog.server.BreakerStates;
import dev.swarmlog.server.ConnectedAgents;
import dev.swarmlog.server.CoordinatorStatus;
import dev.swarmlog.server.LogLevels;
import dev.swarmlog.server.Principal;
import dev.swarmlog.server.RateLimiting;
import dev.swarmlog.server.Readers;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.SwarmCatalog;
import dev.swarmlog.server.SwarmCompaction;
import dev.swarmlog.server.SwarmCreation;
import dev.swarmlog.v1.AdministrationServiceGrpc.AdministrationServiceImplBase;
import dev.swarmlog.v1.CompactSwarmRequest;
import dev.swarmlog.v1.CompactSwarmResponse;
import dev.swarmlog.v1.CreateSwarmRequest;
import dev.swarmlog.v1.CreateSwarmResponse;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.GetStatusRequest;
import dev.swarmlog.v1.GetStatusResponse;
import dev.swarmlog.v1.GetSwarmRequest;
import dev.swarmlog.v1.GetSwarmResponse;
import dev.swarmlog.v1.ListAgentsRequest;
import dev.swarmlog.v1.ListAgentsResponse;
import dev.swarmlog.v1.ListSwarmsRequest;
import dev.swarmlog.v1.ListSwarmsResponse;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogLevel;
import dev.swarmlog.v1.SetLogLevelRequest;
import dev.swarmlog.v1.SetLogLevelResponse;
import dev.swarmlog.v1.SetRateLimitsRequest;
import dev.swarmlog.v1.SetRateLimitsResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import javax.inject.Inject;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The administration service. Whatever reads the store runs on the readers' executor; creating a
 * swarm goes through the data path like every other change.
 */
final class AdministrationEndpoint extends AdministrationServiceImplBase {

  private static final Logger logger = LoggerFactory.getLogger(AdministrationEndpoint.class);

  private final SwarmCatalog catalog;
  private final SwarmCreation creation;
  private final SwarmCompaction compaction;
  private final RateLimiting rateLimiting;
  private final ConnectedAgents agents;
  private final BreakerStates breakers;
  private final CoordinatorStatus status;
  private final LogLevels logLevels;
  private final Executor readers;

  @Inject
  AdministrationEndpoint(
      SwarmCatalog catalog,
      SwarmCreation creation,
      SwarmCompaction compaction,
      RateLimiting rateLimiting,
      ConnectedAgents agents,
      BreakerStates breakers,
      CoordinatorStatus status,
      LogLevels logLevels,
      @Readers Executor readers) {
    this.catalog = catalog;
    this.creation = creation;
    this.compaction = compaction;
    this.rateLimiting = rateLimiting;
    this.agents = agents;
    this.breakers = breakers;
    this.status = status;
    this.logLevels = logLevels;
    this.readers = readers;
  }

  @Override
  public void createSwarm(
      CreateSwarmRequest request, StreamObserver<CreateSwarmResponse> observer) {
    Principal principal = Principals.current();
    creation
        .create(request.getName(), principal)
        .whenComplete(
            (outcome, failure) -> {
              if (failure != null) {
                observer.onError(ErrorStatus.exception(failure, "CreateSwarm"));
              } else if (outcome instanceof SwarmCreation.Outcome.Created created) {
                answer(
                    observer,
                    CreateSwarmResponse.newBuilder()
                        .setSwarm(catalog.describe(created.swarm()))
                        .build());
              } else if (outcome instanceof SwarmCreation.Outcome.Refused refused) {
                observer.onError(ErrorStatus.exception(refused.refusal()));
              }
            });
  }

  @Override
  public void compactSwarm(
      CompactSwarmRequest request, StreamObserver<CompactSwarmResponse> observer) {
    ServerCallStreamObserver<CompactSwarmResponse> call =
        (ServerCallStreamObserver<CompactSwarmResponse>) observer;
    Log log = request.getLog() == Log.LOG_UNSPECIFIED ? Log.LOG_MAIN : request.getLog();
    compaction
        .compact(request.getSwarm(), log, request.getUpToOpId(), () -> !call.isCancelled())
        .whenComplete(
            (outcome, failure) -> {
              if (call.isCancelled()) {
                return;
              }
              if (failure != null) {
                observer.onError(ErrorStatus.exception(failure, "CompactSwarm"));
              } else if (outcome instanceof SwarmCompaction.Outcome.Compacted compacted) {
                answer(
                    observer,
                    CompactSwarmResponse.newBuilder()
                        .setHorizonOpId(compacted.horizonOpId())
                        .setComplete(compacted.complete())
                        .build());
              } else if (outcome instanceof SwarmCompaction.Outcome.Refused refused) {
                observer.onError(ErrorStatus.exception(refused.refusal()));
              }
            });
  }

  @Override
  public void setRateLimits(
      SetRateLimitsRequest request, StreamObserver<SetRateLimitsResponse> observer) {
    ServerCallStreamObserver<SetRateLimitsResponse> call =
        (ServerCallStreamObserver<SetRateLimitsResponse>) observer;
    rateLimiting
        .limit(request.getSwarm(), request.getRateLimits())
        .whenComplete(
            (outcome, failure) -> {
              if (call.isCancelled()) {
                return;
              }
              if (failure != null) {
                observer.onError(ErrorStatus.exception(failure, "SetRateLimits"));
              } else if (outcome instanceof RateLimiting.Outcome.Set set) {
                answer(
                    observer,
                    SetRateLimitsResponse.newBuilder().setRateLimits(set.limits()).build());
              } else if (outcome instanceof RateLimiting.Outcome.Refused refused) {
                observer.onError(ErrorStatus.exception(refused.refusal()));
              }
            });
  }

  @Override
  public void listSwarms(ListSwarmsRequest request, StreamObserver<ListSwarmsResponse> observer) {
    read(
        observer,
        "ListSwarms",
        () -> {
          SwarmCatalog.Page page = catalog.page(request.getPageToken(), request.getPageSize());
          return ListSwarmsResponse.newBuilder()
              .addAllSwarms(page.swarms())
              .setNextPageToken(page.nextToken())
              .build();
        });
  }

  @Override
  public void getSwarm(GetSwarmRequest request, StreamObserver<GetSwarmResponse> observer) {
    read(
        observer,
        "GetSwarm",
        () -> catalog.details(request.getName()).orElseThrow(() -> notFound(request.getName())));
  }

  @Override
  public void listAgents(ListAgentsRequest request, StreamObserver<ListAgentsResponse> observer) {
    read(
        observer,
        "ListAgents",
        () -> {
          if (!catalog.exists(request.getSwarm())) {
            throw notFound(request.getSwarm());
          }
          ConnectedAgents.Page page =
              agents.inSwarm(request.getSwarm(), request.getPageToken(), request.getPageSize());
          ListAgentsResponse.Builder response =
              ListAgentsResponse.newBuilder()
                  .addAllAgents(page.agents())
                  .setNextPageToken(page.nextToken())
                  .setConnectedAgents(page.count());
          if (request.getPageToken().isEmpty()) {
            response.addAllBreakers(breakers.inSwarm(request.getSwarm()));
          }
          return response.build();
        });
  }

  @Override
  public void getStatus(GetStatusRequest request, StreamObserver<GetStatusResponse> observer) {
    read(observer, "GetStatus", status::describe);
  }

  @Override
  public void setLogLevel(
      SetLogLevelRequest request, StreamObserver<SetLogLevelResponse> observer) {
    Principal principal = Principals.current();
    read(
        observer,
        "SetLogLevel",
        () -> {
          logLevels
              .set(request.getLogger(), request.getLevel())
              .ifPresent(
                  refusal -> {
                    throw ErrorStatus.exception(refusal);
                  });
          String which = request.getLogger().isEmpty() ? "all loggers" : request.getLogger();
          logger.warn(
              "The log level of {} is {} now, as {} wants it",
              which,
              inWords(request.getLevel()),
              principal.name());
          return SetLogLevelResponse.newBuilder().addAllLogLevels(logLevels.inForce()).build();
        });
  }

  private static String inWords(LogLevel level) {
    return level == LogLevel.LOG_LEVEL_UNSPECIFIED
        ? "that of the rest"
        : level.name().replace("LOG_LEVEL_", "").toLowerCase(Locale.ROOT);
  }

  private <T> void read(StreamObserver<T> observer, String what, Supplier<T> answer) {
    try {
      readers.execute(
          () -> {
            try {
              answer(observer, answer.get());
            } catch (RuntimeException e) {
              observer.onError(ErrorStatus.exception(e, what));
            }
          });
    } catch (RejectedExecutionException e) {
      observer.onError(
          ErrorStatus.exception(
              Refusal.of(
                  ErrorReason.ERROR_REASON_OVERLOADED,
                  "Expected a reader to be free for %s, but all are busy".formatted(what))));
    }
  }

  private static <T> void answer(StreamObserver<T> observer, T response) {
    observer.onNext(response);
    observer.onCompleted();
  }

  private static RuntimeException notFound(String name) {
    return ErrorStatus.exception(
        Refusal.of(
            ErrorReason.ERROR_REASON_SWARM_NOT_FOUND,
            "Expected an existing swarm, but there is none named '%s'.".formatted(name),
            Map.of("swarm", name)));
  }
}
