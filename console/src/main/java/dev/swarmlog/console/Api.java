package dev.swarmlog.console;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import dev.swarmlog.console.Query.BadRequestException;
import dev.swarmlog.v1.AdministrationServiceGrpc;
import dev.swarmlog.v1.AdministrationServiceGrpc.AdministrationServiceBlockingStub;
import dev.swarmlog.v1.DriftServiceGrpc;
import dev.swarmlog.v1.DriftServiceGrpc.DriftServiceBlockingStub;
import dev.swarmlog.v1.GetOperationLifeRequest;
import dev.swarmlog.v1.GetOverviewRequest;
import dev.swarmlog.v1.GetSwarmRequest;
import dev.swarmlog.v1.ListAgentsRequest;
import dev.swarmlog.v1.ListBacklogsRequest;
import dev.swarmlog.v1.ListDriftRequest;
import dev.swarmlog.v1.ListParkedRequest;
import dev.swarmlog.v1.ObservationServiceGrpc;
import dev.swarmlog.v1.ObservationServiceGrpc.ObservationServiceBlockingStub;
import dev.swarmlog.v1.ParkingServiceGrpc;
import dev.swarmlog.v1.ParkingServiceGrpc.ParkingServiceBlockingStub;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.AbstractStub;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the page asks: one call of the coordinator each, answered with the proto JSON of its answer;
 * operations of a log with the page of {@link TailReader}.
 */
final class Api implements HttpHandler {

  private static final Logger LOG = LoggerFactory.getLogger(Api.class);

  private final Channel coordinator;
  private final Map<String, Route> routes;

  Api(Channel coordinator) {
    this.coordinator = coordinator;
    this.routes =
        Map.of(
            "/api/overview", this::overview,
            "/api/swarm", this::swarm,
            "/api/agents", this::agents,
            "/api/backlogs", this::backlogs,
            "/api/parked", this::parked,
            "/api/drift", this::drift,
            "/api/life", this::life,
            "/api/tail", this::tail);
  }

  Set<String> paths() {
    return routes.keySet();
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    answer(exchange).send(exchange);
  }

  private Answer answer(HttpExchange exchange) {
    Route route = routes.get(exchange.getRequestURI().getPath());
    if (route == null) {
      return Answer.unknownPath();
    }
    try {
      return Answer.json(route.answer(new Query(exchange.getRequestURI().getRawQuery())));
    } catch (BadRequestException e) {
      return Answer.failure(
          400, Status.Code.INVALID_ARGUMENT.name(), String.valueOf(e.getMessage()));
    } catch (StatusRuntimeException e) {
      Status status = e.getStatus();
      return Answer.failure(
          httpStatus(status.getCode()),
          status.getCode().name(),
          status.getDescription() == null
              ? "The coordinator said no more."
              : status.getDescription());
    } catch (InvalidProtocolBufferException | RuntimeException e) {
      LOG.warn("Expected to answer {}, but", exchange.getRequestURI().getPath(), e);
      return Answer.failure(
          500, Status.Code.INTERNAL.name(), "The log of the coordinator says why.");
    }
  }

  private String overview(Query query) throws InvalidProtocolBufferException {
    return print(
        observation()
            .getOverview(
                GetOverviewRequest.newBuilder()
                    .setSwarm(query.text("swarm").orElse(""))
                    .setMaxSwarms(ConsoleLimits.LISTED)
                    .build()));
  }

  private String swarm(Query query) throws BadRequestException, InvalidProtocolBufferException {
    return print(
        administration().getSwarm(GetSwarmRequest.newBuilder().setName(query.swarm()).build()));
  }

  private String agents(Query query) throws BadRequestException, InvalidProtocolBufferException {
    return print(
        administration()
            .listAgents(
                ListAgentsRequest.newBuilder()
                    .setSwarm(query.swarm())
                    .setPageSize(ConsoleLimits.LISTED)
                    .build()));
  }

  private String backlogs(Query query) throws BadRequestException, InvalidProtocolBufferException {
    return print(
        observation()
            .listBacklogs(
                ListBacklogsRequest.newBuilder()
                    .setSwarm(query.swarm())
                    .setMaxAgents(ConsoleLimits.LISTED)
                    .build()));
  }

  private String parked(Query query) throws BadRequestException, InvalidProtocolBufferException {
    return print(
        parking()
            .listParked(
                ListParkedRequest.newBuilder()
                    .setSwarm(query.swarm())
                    .setIncludeRetries(true)
                    .build()));
  }

  private String drift(Query query) throws BadRequestException, InvalidProtocolBufferException {
    return print(drifts().listDrift(ListDriftRequest.newBuilder().setSwarm(query.swarm()).build()));
  }

  private String life(Query query) throws BadRequestException, InvalidProtocolBufferException {
    return print(
        observation()
            .getOperationLife(
                GetOperationLifeRequest.newBuilder()
                    .setSwarm(query.swarm())
                    .setLog(query.log())
                    .setOpId(query.number("op").orElse(0L))
                    .build()));
  }

  private String tail(Query query) throws BadRequestException, InvalidProtocolBufferException {
    return TailReader.read(
        observation(),
        query.swarm(),
        query.log(),
        query.topic(),
        query.number("after"),
        query.number("last").orElse(0L));
  }

  private AdministrationServiceBlockingStub administration() {
    return bounded(AdministrationServiceGrpc.newBlockingStub(coordinator));
  }

  private ObservationServiceBlockingStub observation() {
    return bounded(ObservationServiceGrpc.newBlockingStub(coordinator));
  }

  private ParkingServiceBlockingStub parking() {
    return bounded(ParkingServiceGrpc.newBlockingStub(coordinator));
  }

  private DriftServiceBlockingStub drifts() {
    return bounded(DriftServiceGrpc.newBlockingStub(coordinator));
  }

  private static <S extends AbstractStub<S>> S bounded(S stub) {
    return stub.withDeadlineAfter(ConsoleLimits.CALL_S, TimeUnit.SECONDS);
  }

  private static String print(Message message) throws InvalidProtocolBufferException {
    return ContractJson.print(message);
  }

  private static int httpStatus(Status.Code code) {
    return switch (code) {
      case INVALID_ARGUMENT, FAILED_PRECONDITION, OUT_OF_RANGE -> 400;
      case UNAUTHENTICATED, PERMISSION_DENIED -> 403;
      case NOT_FOUND -> 404;
      case RESOURCE_EXHAUSTED, UNAVAILABLE, CANCELLED -> 503;
      case DEADLINE_EXCEEDED -> 504;
      case UNIMPLEMENTED -> 501;
      default -> 500;
    };
  }

  /** One question of the page. */
  private interface Route {
    String answer(Query query) throws BadRequestException, InvalidProtocolBufferException;
  }
}
