package dev.swarmlog.server.path.admit;

import static dev.swarmlog.server.path.admit.Names.invalid;

import dev.swarmlog.server.DiskSpace;
import dev.swarmlog.server.Limits;
import dev.swarmlog.server.RateLimiting;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.SwarmCompaction;
import dev.swarmlog.server.path.Shards;
import dev.swarmlog.server.path.batch.ShardWriter;
import dev.swarmlog.storage.LogName;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.DiffRequest;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.PlanSyncRequest;
import dev.swarmlog.v1.ProducerHello;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.RateLimits;
import dev.swarmlog.v1.SyncRequest;
import dev.swarmlog.v1.TailRequest;
import dev.swarmlog.v1.TelemetryBatch;
import dev.swarmlog.v1.Topic;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The early refusals: everything that can be told from a request alone, and whether its swarm
 * exists.
 *
 * <p>Stateless; called from any thread. Each check answers null if there is nothing to refuse.
 */
public final class Admission {

  /** When to come again after a refusal for want of room. */
  public static final Duration RETRY_AFTER = Duration.ofMillis(200);

  /** The only protocol version there is. */
  public static final int PROTOCOL = 1;

  /** Elisions that one answer names; part of the contract. */
  private static final int MAX_ELISIONS = 1_000;

  private final Limits limits;
  private final GroupRules groups;
  private final ResumeRules resumes;
  private final SwarmDoor door;

  /**
   * Admission to the swarms of all shards.
   *
   * @param random draws incarnations and epochs of swarms that are created
   * @param createOnFirstUse whether a swarm is created when it is first asked for
   */
  public Admission(Limits limits, Shards shards, RandomGenerator random, boolean createOnFirstUse) {
    this.limits = limits;
    this.groups = new GroupRules(limits);
    this.resumes = new ResumeRules(limits);
    this.door = new SwarmDoor(shards, limits, random, createOnFirstUse);
  }

  /** Finds a swarm, and creates it on first use where the configuration allows that. */
  public void enter(String swarm, SwarmListener listener) {
    door.enter(swarm, listener);
  }

  /** Creates a swarm; refused if there is one of that name. */
  public void create(String swarm, SwarmListener listener) {
    door.create(swarm, listener);
  }

  /** Moves the horizon of a log towards an operation; refused where it cannot be moved there. */
  public CompletionStage<SwarmCompaction.Outcome> compact(
      String swarm, Log log, long upToOpId, BooleanSupplier wanted) {
    Refusal refusal = checkName("swarm", swarm);
    if (refusal == null && log != Log.LOG_MAIN && log != Log.LOG_CONTROL) {
      refusal =
          invalid(
              "Expected log to be main or control, but got %s: telemetry has no horizon."
                  .formatted(LogName.of(log)));
    }
    return refusal != null
        ? CompletableFuture.completedFuture(new SwarmCompaction.Outcome.Refused(refusal))
        : door.compact(swarm, log, upToOpId, wanted);
  }

  /** Replaces the rate limits of a swarm; refused where they cannot be. */
  public CompletionStage<RateLimiting.Outcome> limit(String swarm, RateLimits rateLimits) {
    Refusal refusal =
        Names.firstRefusal(checkName("swarm", swarm), RateLimitRules.check(rateLimits));
    return refusal != null
        ? CompletableFuture.completedFuture(new RateLimiting.Outcome.Refused(refusal))
        : door.limit(swarm, rateLimits);
  }

  /** A name of a swarm, agent, role or producer. */
  public @Nullable Refusal checkName(String field, String name) {
    return Names.check(field, name, limits.maxNameBytes());
  }

  /** A group for one log. */
  public @Nullable Refusal checkGroup(PublishGroup group, Log log) {
    return groups.check(group, log);
  }

  /** A group of a unary publish: it has no producer, so it has no number. */
  public @Nullable Refusal checkUnaryGroup(PublishGroup group, Log log) {
    if (log == Log.LOG_TELEMETRY) {
      return invalid(
          "Expected a topic other than telemetry, but got telemetry: it has a stream of its own.");
    }
    if (group.getNumber() != 0) {
      return invalid(
          "Expected number 0 on a unary publish, but got %d: numbers belong to producers' streams."
              .formatted(group.getNumber()));
    }
    return checkGroup(group, log == Log.LOG_UNSPECIFIED ? Log.LOG_MAIN : log);
  }

  /** A batch of telemetry. */
  public @Nullable Refusal checkTelemetry(TelemetryBatch batch) {
    return groups.check(batch);
  }

  /** The first frame of a publishing stream. */
  public @Nullable Refusal checkProducer(ProducerHello hello) {
    if (hello.getLog() != Log.LOG_MAIN && hello.getLog() != Log.LOG_CONTROL) {
      return invalid(
          "Expected log to be main or control, but got %s: telemetry has a stream of its own."
              .formatted(LogName.of(hello.getLog())));
    }
    return Names.firstRefusal(
        checkName("swarm", hello.getSwarm()),
        checkName("publisher", hello.getPublisher()),
        checkName("producer_id", hello.getProducerId()));
  }

  /** The first frame of a session. */
  public @Nullable Refusal checkHello(Hello hello) {
    return resumes.check(hello);
  }

  /** Of the capabilities that a client asks for, those there are. */
  public static long accepted(long capabilities) {
    return ResumeRules.accepted(capabilities);
  }

  /** A request for a delta. */
  public @Nullable Refusal checkSync(SyncRequest request) {
    return resumes.check(request);
  }

  /** A request to be told what a delta would be. */
  public @Nullable Refusal checkPlanSync(PlanSyncRequest request) {
    if (Integer.compareUnsigned(request.getMaxElisions(), MAX_ELISIONS) > 0) {
      return invalid(
          "Expected max_elisions to be at most %d, but got %s."
              .formatted(MAX_ELISIONS, Integer.toUnsignedString(request.getMaxElisions())));
    }
    return checkSync(request.getSync());
  }

  /** A request to be shown what changed. */
  public @Nullable Refusal checkDiff(DiffRequest request) {
    return resumes.check(request);
  }

  /** Whether there is what a diff is to show. */
  public static @Nullable Refusal checkInterval(DiffRequest request, long headOpId) {
    return ResumeRules.checkInterval(request, headOpId);
  }

  /** A request to look on. */
  public @Nullable Refusal checkTail(TailRequest request) {
    if (!Topics.isLog(request.getLog())) {
      return invalid(
          "Expected log to be control, main or telemetry, but got number %d."
              .formatted(request.getLogValue()));
    }
    return checkName("swarm", request.getSwarm());
  }

  /** The log a topic lies in; {@code LOG_UNSPECIFIED} for one that is not known. */
  public static Log logOf(Topic topic) {
    return Topics.logOf(topic);
  }

  /** The scopes a checked view stands for, by log, for one agent and its roles. */
  public static Map<Log, View> views(
      dev.swarmlog.v1.View view, String agent, Collection<String> roles) {
    return Views.resolve(view, agent, roles);
  }

  /** The refusal for a swarm that does not exist. */
  public static Refusal notFound(String name) {
    return Refusal.of(
        ErrorReason.ERROR_REASON_SWARM_NOT_FOUND,
        "Expected an existing swarm, but there is none named '%s'.".formatted(name),
        Map.of("swarm", name));
  }

  /** The refusal for a command that found no room, or no coordinator. */
  public static Refusal notTaken(ShardWriter.Reception reception) {
    return switch (reception) {
      case FULL ->
          Refusal.of(
                  ErrorReason.ERROR_REASON_OVERLOADED,
                  "Expected room for one more command, but the shard's queue is full, or the publisher's share of it is.")
              .withRetryAfter(RETRY_AFTER);
      case DISK_FULL -> DiskSpace.noRoom();
      default -> shuttingDown();
    };
  }

  /** The refusal of a coordinator that stops. */
  public static Refusal shuttingDown() {
    return Refusal.of(ErrorReason.ERROR_REASON_SHUTTING_DOWN, "The coordinator is shutting down.")
        .withRetryAfter(RETRY_AFTER);
  }

  /** A refusal for a frame that came where the contract forbids it. */
  public static Refusal violation(String message) {
    return Refusal.of(ErrorReason.ERROR_REASON_PROTOCOL_VIOLATION, message);
  }
}
