package dev.swarmlog.server.path.accept;

import dagger.Binds;
import dagger.Module;
import dagger.Provides;
import dagger.multibindings.IntoSet;
import dev.swarmlog.server.BreakerStates;
import dev.swarmlog.server.ConnectedAgents;
import dev.swarmlog.server.Limits;
import dev.swarmlog.server.Threads;
import dev.swarmlog.server.TimeSource;
import dev.swarmlog.server.UnreadFigures;
import dev.swarmlog.server.configuration.BreakerSettings;
import dev.swarmlog.server.path.admit.AgentBreakers;
import io.grpc.BindableService;
import java.util.concurrent.ScheduledExecutorService;
import javax.inject.Singleton;

/** The services of this step, and the threads that send. */
@Module
public abstract class AcceptModule {

  private AcceptModule() {}

  @Provides
  @Singleton
  static SerialExecutors serialExecutors(Threads threads) {
    return new SerialExecutors(threads.senders());
  }

  @Provides
  @Singleton
  static AgentBreakers breakers(BreakerSettings settings, TimeSource time, BreakerAlarm alarm) {
    return AgentBreakers.of(settings.firstWait(), time, alarm);
  }

  @Provides
  @Singleton
  static HeldCalls heldCalls(
      Limits limits, TimeSource time, ScheduledExecutorService timer, OpenStreams openStreams) {
    HeldCalls held = new HeldCalls(limits, time, timer);
    openStreams.opened(held);
    return held;
  }

  @Provides
  static BreakerStates breakerStates(AgentBreakers breakers) {
    return breakers::inSwarm;
  }

  @Binds
  @IntoSet
  abstract BindableService session(SessionEndpoint endpoint);

  @Binds
  @IntoSet
  abstract BindableService publish(PublishEndpoint endpoint);

  @Binds
  @IntoSet
  abstract BindableService sync(SyncEndpoint endpoint);

  @Binds
  @IntoSet
  abstract BindableService observation(ObservationEndpoint endpoint);

  @Binds
  @IntoSet
  abstract BindableService drift(DriftEndpoint endpoint);

  @Binds
  @IntoSet
  abstract BindableService parking(ParkingEndpoint endpoint);

  @Binds
  abstract ConnectedAgents connectedAgents(Sessions sessions);

  @Binds
  abstract UnreadFigures unreadFigures(UnreadBytes unread);
}
