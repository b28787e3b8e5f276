package dev.swarmlog.sdk;

import com.google.protobuf.Internal;
import com.google.protobuf.Message;
import dev.swarmlog.v1.AllAgents;
import dev.swarmlog.v1.Capability;
import dev.swarmlog.v1.EveryRole;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Self;
import dev.swarmlog.v1.Topic;
import dev.swarmlog.v1.View;
import dev.swarmlog.v1.ViewScope;
import io.opentelemetry.api.OpenTelemetry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a {@link SwarmAgent}: handlers, view and cursor are all declared before it connects.
 * Not thread-safe.
 *
 * <p>Operations are applied in one of three ways: by handlers of single operations ({@code on}), by
 * one handler of whole batches ({@link #onBatch}), or by a store that commits effects and cursor
 * together ({@link #effects}).
 */
public final class SwarmAgentBuilder {
  private static final int CAPABILITIES =
      Capability.CAPABILITY_SYNC_VALUE
          | Capability.CAPABILITY_DRIFT_VALUE
          | Capability.CAPABILITY_NACK_VALUE;
  private static final Set<Topic> DURABLE_TOPICS =
      EnumSet.of(
          Topic.TOPIC_CONTROL,
          Topic.TOPIC_COMMANDS,
          Topic.TOPIC_RECONCILIATION,
          Topic.TOPIC_ALERTS);

  private static final System.Logger LOG = System.getLogger(SwarmAgentBuilder.class.getName());
  private static final Duration STATE_INTERVAL =
      ContractConduct.duration(ContractConduct.SESSION.getStateIntervalMs());

  private final String swarm;
  private final String agent;
  private final String target;
  private @Nullable SwarmConnection connection;
  private @Nullable TransportSecurity security;
  private String instance = UUID.randomUUID().toString();
  private final List<String> roles = new ArrayList<>();
  private final Set<Topic> topics = EnumSet.noneOf(Topic.class);
  private @Nullable View view;
  private final HandlerTable.Builder handlers = HandlerTable.builder();
  private @Nullable BatchHandler batchHandler;
  private @Nullable EffectStore effects;
  private @Nullable CursorStore cursorStore;
  private HandlerFailurePolicy failurePolicy = HandlerFailurePolicy.retryLater();
  private AgentListener listener = new AgentListener() {};
  private @Nullable StateSource stateSource;
  private Duration stateInterval = STATE_INTERVAL;
  private @Nullable OpenTelemetry openTelemetry;

  SwarmAgentBuilder(String target, String swarm, String agent) {
    this.target = Arguments.given(target, "\"host:port\" of a coordinator");
    this.swarm = Arguments.given(swarm, "the name of a swarm");
    this.agent = Arguments.given(agent, "the name of an agent");
  }

  SwarmAgentBuilder(SwarmConnection connection, String swarm, String agent) {
    this("", swarm, agent);
    this.connection = Arguments.given(connection, "a connection");
  }

  /** How the agent's own connection is secured; see {@link SwarmConnection.Builder#security}. */
  public SwarmAgentBuilder security(TransportSecurity security) {
    if (connection != null) {
      throw new IllegalStateException(
          "Expected security to be set where the connection is made, but the agent was given a connection");
    }
    this.security = Arguments.given(security, "how to secure the connection");
    return this;
  }

  /** Adds a role: operations for it will be delivered. */
  public SwarmAgentBuilder role(String role) {
    roles.add(Arguments.given(role, "the name of a role"));
    return this;
  }

  /**
   * Names this running instance; default: a random UUID. A newer session of the same agent fences
   * the older one, whatever the instance.
   */
  public SwarmAgentBuilder instance(String instance) {
    this.instance = Arguments.given(instance, "the name of an instance");
    return this;
  }

  /** Applies operations of the topic whose payload is this protobuf message. */
  public <T extends Message> SwarmAgentBuilder on(
      Topic topic, Class<T> payload, PayloadHandler<T> handler) {
    handlers.add(
        Arguments.given(topic, "a topic"),
        Internal.getDefaultInstance(Arguments.given(payload, "the class of a payload")),
        Arguments.given(handler, "a handler"));
    return this;
  }

  /** Applies operations of the topic whose payload has this type, unparsed. */
  public SwarmAgentBuilder on(Topic topic, String payloadType, OperationHandler handler) {
    handlers.add(
        Arguments.given(topic, "a topic"),
        Arguments.given(payloadType, "the type of a payload"),
        Arguments.given(handler, "a handler"));
    return this;
  }

  /**
   * Applies operations of the topic that no other handler is for. Without one they are passed over:
   * the cursor moves on.
   */
  public SwarmAgentBuilder on(Topic topic, OperationHandler handler) {
    handlers.addDefault(Arguments.given(topic, "a topic"), Arguments.given(handler, "a handler"));
    return this;
  }

  /**
   * Applies deletions of keys in the topic. A deletion has no payload, so no type chooses its
   * handler.
   */
  public SwarmAgentBuilder onDelete(Topic topic, OperationHandler handler) {
    handlers.addDelete(Arguments.given(topic, "a topic"), Arguments.given(handler, "a handler"));
    return this;
  }

  /** Applies whole ordered batches. */
  public SwarmAgentBuilder onBatch(BatchHandler handler) {
    this.batchHandler = Arguments.given(handler, "a handler of batches");
    return this;
  }

  /** Applies batches and commits the cursor in the same step. */
  public SwarmAgentBuilder effects(EffectStore store) {
    this.effects = Arguments.given(store, "an effect store");
    return this;
  }

  /**
   * Where the cursor is kept; default: {@link CursorStore#inMemory()}, which starts from the
   * beginning of the log.
   */
  public SwarmAgentBuilder cursorStore(CursorStore store) {
    this.cursorStore = Arguments.given(store, "a cursor store");
    return this;
  }

  /**
   * The topics the agent sees. Default: those that have handlers; for batches and {@link
   * EffectStore} all but telemetry.
   */
  public SwarmAgentBuilder topics(Topic first, Topic... more) {
    topics.addAll(EnumSet.of(first, more));
    return this;
  }

  /**
   * The exact scopes the agent sees. Default: of each topic what is for all, for the agent, and for
   * its roles.
   */
  public SwarmAgentBuilder view(View view) {
    this.view = Arguments.given(view, "a view");
    return this;
  }

  /** What happens when a handler throws. Default: {@link HandlerFailurePolicy#retryLater()}. */
  public SwarmAgentBuilder onHandlerFailure(HandlerFailurePolicy policy) {
    this.failurePolicy = Arguments.given(policy, "what to do when a handler throws");
    return this;
  }

  /** Who is told what happens. */
  public SwarmAgentBuilder listener(AgentListener listener) {
    this.listener = Arguments.given(listener, "a listener");
    return this;
  }

  /**
   * Has the agent's own state compared with the log, at most once a minute: {@link
   * #stateOf(StateSource, Duration)}.
   */
  public SwarmAgentBuilder stateOf(StateSource source) {
    return stateOf(source, STATE_INTERVAL);
  }

  /**
   * Has the agent's own state compared with the log. Without it, what is compared is the key index,
   * that is what the agent noted when it handed operations to handlers.
   *
   * <p>A comparison reads the whole state and hashes each value, on the handler threads, so it is
   * done at most this often (and at most as often as the coordinator looks at sums), after each
   * repair, and, of one scope, when the coordinator looks for the keys that differ. The index takes
   * over what is found. Scopes whose keys the agent does not know are not compared: those of an
   * {@link EffectStore} that keeps no index.
   *
   * @param atMostEvery positive
   */
  public SwarmAgentBuilder stateOf(StateSource source, Duration atMostEvery) {
    if (atMostEvery.isZero() || atMostEvery.isNegative()) {
      throw new IllegalArgumentException(
          "Expected a positive interval between comparisons, but got " + atMostEvery);
    }
    this.stateSource = Arguments.given(source, "a source of state");
    this.stateInterval = atMostEvery;
    return this;
  }

  /**
   * Where spans and metrics of the agent and its publisher go. Default: {@code
   * GlobalOpenTelemetry}, if the application has set it by the time the agent is started; else
   * nowhere.
   *
   * <p>Recorded are the operations that the coordinator has chosen this agent for, or, with a
   * coordinator that does not choose, those that are sampled: a span {@code apply TOPIC} in the
   * trace of the publish, which is current while the handler runs, and {@code ack TOPIC} below it.
   * A handler that fails at any other operation is recorded as a trace of its own, linked with the
   * operation's, at most ten a second; so are syncs. Whether those are kept, the application's
   * sampler says: with {@code parentbased_always_on}, the default, they are.
   */
  public SwarmAgentBuilder openTelemetry(OpenTelemetry openTelemetry) {
    this.openTelemetry = Arguments.given(openTelemetry, "an OpenTelemetry");
    return this;
  }

  /**
   * Reads the cursor and starts the agent; does not wait for the coordinator.
   *
   * @throws IllegalStateException if the settings contradict each other
   * @throws CursorStoreException if the cursor cannot be read, or is another agent's
   */
  public SwarmAgent start() {
    int ways =
        (batchHandler != null ? 1 : 0) + (effects != null ? 1 : 0) + (handlers.isEmpty() ? 0 : 1);
    if (ways != 1) {
      throw new IllegalStateException(
          "Expected exactly one of on(…), onBatch and effects, but %d are set".formatted(ways));
    }
    if (effects != null && cursorStore != null) {
      throw new IllegalStateException(
          "Expected the cursor in the effect store, but a cursor store is set too: leave that out");
    }
    View declared = declaredView();
    Hello identity =
        Hello.newBuilder()
            .setProtocolMin(ContractConduct.ALL.getProtocolMin())
            .setProtocolMax(ContractConduct.ALL.getProtocolMax())
            .setCapabilities(CAPABILITIES)
            .setSwarm(swarm)
            .setAgent(agent)
            .setInstance(instance)
            .addAllRoles(roles)
            .setView(declared)
            .setSdk("java/" + SwarmConnection.version())
            .build();
    Set<Log> logs = EnumSet.noneOf(Log.class);
    declared.getScopesList().forEach(scope -> logs.add(Lanes.of(scope.getTopic())));
    CursorStore store = cursorStore != null ? cursorStore : CursorStore.inMemory();
    AgentCursor loaded = load(store).ownedBy(swarm, agent);
    Map<Log, LaneLedger> ledgers = ledgers(loaded, logs, heldKeys(store), stateSource);
    CommittedCursor cursor = new CommittedCursor(loaded);
    BatchApplication application =
        effects != null
            ? new BatchApplication.WithEffects(effects, cursor)
            : batchHandler != null
                ? new BatchApplication.ByBatch(batchHandler, cursor, store)
                : new BatchApplication.ByOperation(handlers.build(), cursor, store);
    SwarmAgent started =
        new SwarmAgent(
            connection != null ? connection : newConnection(),
            connection == null,
            identity,
            logs,
            application,
            cursor,
            log -> Objects.requireNonNull(ledgers.get(log)),
            effects != null ? effects : store,
            failurePolicy,
            listener,
            stateSource == null ? null : stateInterval.toNanos(),
            Instruments.orGlobal(openTelemetry));
    started.start();
    return started;
  }

  private SwarmConnection newConnection() {
    SwarmConnection.Builder builder = SwarmConnection.builder(target);
    return (security == null ? builder : builder.security(security)).build();
  }

  private AgentCursor load(CursorStore store) {
    if (effects == null) {
      return store.load();
    }
    try {
      return effects.load();
    } catch (CursorStoreException e) {
      throw e;
    } catch (Exception e) {
      throw new CursorStoreException(
          "Expected the effect store to load the cursor, but it threw: " + e, e);
    }
  }

  private Optional<Collection<HeldKey>> heldKeys(CursorStore store) {
    if (effects == null) {
      return Optional.of(store.heldKeys());
    }
    try {
      return effects.heldKeys();
    } catch (CursorStoreException e) {
      throw e;
    } catch (Exception e) {
      throw new CursorStoreException(
          "Expected the effect store to load the held keys, but it threw: " + e, e);
    }
  }

  private static Map<Log, LaneLedger> ledgers(
      AgentCursor cursor,
      Set<Log> logs,
      Optional<Collection<HeldKey>> heldKeys,
      @Nullable StateSource source) {
    Map<Log, List<HeldKey>> keysByLog = new EnumMap<>(Log.class);
    logs.forEach(log -> keysByLog.put(log, new ArrayList<>()));
    for (HeldKey key : heldKeys.orElse(List.of())) {
      List<HeldKey> keys = keysByLog.get(Lanes.of(key.scope().getTopic()));
      if (keys != null) {
        keys.add(key);
      }
    }
    Map<Log, LaneLedger> ledgers = new EnumMap<>(Log.class);
    keysByLog.forEach(
        (log, keys) ->
            ledgers.put(
                log, new LaneLedger(cursor.resume(log), heldKeys.isPresent(), keys, source)));
    for (LaneLedger ledger : ledgers.values()) {
      for (Scope scope : ledger.differing()) {
        LOG.log(
            System.Logger.Level.WARNING,
            "Expected the keys that the cursor was saved with, but those of {0} differ: they are repaired from the log; look what changed the store",
            Scopes.describe(scope));
      }
    }
    return ledgers;
  }

  private View declaredView() {
    if (view != null) {
      return view;
    }
    Set<Topic> seen = EnumSet.noneOf(Topic.class);
    seen.addAll(topics);
    if (seen.isEmpty()) {
      seen.addAll(batchHandler == null && effects == null ? handlers.topics() : DURABLE_TOPICS);
    }
    View.Builder declared = View.newBuilder();
    for (Topic topic : seen) {
      declared.addScopes(
          ViewScope.newBuilder().setTopic(topic).setAll(AllAgents.getDefaultInstance()));
      declared.addScopes(ViewScope.newBuilder().setTopic(topic).setSelf(Self.getDefaultInstance()));
      if (!roles.isEmpty()) {
        declared.addScopes(
            ViewScope.newBuilder().setTopic(topic).setRoles(EveryRole.getDefaultInstance()));
      }
    }
    return declared.build();
  }
}
