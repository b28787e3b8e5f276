package dev.swarmlog.sdk;

import dev.swarmlog.conformance.v1.CursorStore;
import dev.swarmlog.conformance.v1.Handle;
import dev.swarmlog.conformance.v1.StartAgent;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Topic;
import dev.swarmlog.v1.View;
import dev.swarmlog.v1.ViewScope;
import io.opentelemetry.context.Context;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;

/** An agent whose handlers are the suite. */
final class TestedAgent implements AutoCloseable {
  private final TestedConnection connection;
  private final SwarmAgent agent;

  private TestedAgent(TestedConnection connection, SwarmAgent agent) {
    this.connection = connection;
    this.agent = agent;
  }

  /**
   * Starts it.
   *
   * @throws RuntimeException if the SDK refuses the settings or the cursor store
   */
  static TestedAgent start(StartAgent wanted, Suite suite, Fault fault) {
    StartAgent settings = fault.settings(wanted);
    TestedConnection connection =
        new TestedConnection(
            settings.getTarget(),
            settings.hasRandomFraction() ? settings.getRandomFraction() : null,
            fault);
    try {
      SwarmAgentBuilder builder =
          SwarmAgent.builder(connection.connection(), settings.getSwarm(), settings.getName())
              .onHandlerFailure(fault.policy(NotHandled.policy()))
              .listener(new SuiteListener(settings.getAgent(), suite, fault))
              .openTelemetry(TestedConnection.telemetry(settings.getTraced()));
      settings.getRolesList().forEach(builder::role);
      if (settings.getView().getScopesCount() > 0) {
        builder.view(settings.getView());
      }
      addHandlers(builder, settings, fault.handling(suite::handle));
      return new TestedAgent(connection, builder.start());
    } catch (RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  /** As a user closes it: waits for handlers. */
  @Override
  public void close() {
    agent.close();
    connection.close();
  }

  private static void addHandlers(
      SwarmAgentBuilder builder, StartAgent settings, Fault.Handling suite) {
    switch (settings.getHandlers()) {
      case HANDLERS_OPERATION -> {
        topics(settings.getView())
            .forEach(
                topic -> builder.on(topic, operation -> suite.handle(call(settings, operation))));
        setCursorStore(builder, settings);
      }
      case HANDLERS_BATCH -> {
        builder.onBatch(batch -> suite.handle(call(settings, batch)));
        setCursorStore(builder, settings);
      }
      case HANDLERS_TRANSACTION ->
          builder.effects(
              new TestedStore(
                  Path.of(settings.getDirectory()), batch -> suite.handle(call(settings, batch))));
      case HANDLERS_UNSPECIFIED, UNRECOGNIZED ->
          throw new IllegalArgumentException(
              "Expected to be told how operations are applied, but handlers is "
                  + settings.getHandlersValue());
    }
  }

  private static void setCursorStore(SwarmAgentBuilder builder, StartAgent settings) {
    if (settings.getCursorStore() == CursorStore.CURSOR_STORE_DISK) {
      builder.cursorStore(dev.swarmlog.sdk.CursorStore.onDisk(Path.of(settings.getDirectory())));
    }
  }

  /** All that are durable where the view says nothing, as the SDK has it for batches. */
  private static Set<Topic> topics(View view) {
    Set<Topic> topics = EnumSet.noneOf(Topic.class);
    view.getScopesList().stream().map(ViewScope::getTopic).forEach(topics::add);
    return topics.isEmpty()
        ? EnumSet.of(
            Topic.TOPIC_CONTROL,
            Topic.TOPIC_COMMANDS,
            Topic.TOPIC_RECONCILIATION,
            Topic.TOPIC_ALERTS)
        : topics;
  }

  private static Handle call(StartAgent settings, Operation operation) {
    return call(settings).setLog(Lanes.of(operation.getTopic())).addOperations(operation).build();
  }

  private static Handle call(StartAgent settings, Batch batch) {
    return call(settings)
        .setLog(batch.log())
        .addAllOperations(batch.operations())
        .setTo(batch.to())
        .setRepair(batch.repair())
        .build();
  }

  private static Handle.Builder call(StartAgent settings) {
    Handle.Builder handle = Handle.newBuilder().setAgent(settings.getAgent());
    return settings.getTraced()
        ? handle.setTraceparent(TraceContext.Text.of(Context.current()).traceparent())
        : handle;
  }
}
