package dev.swarmlog.server.grpc;

import dagger.Binds;
import dagger.Module;
import dagger.multibindings.IntoSet;
import io.grpc.BindableService;

/** What the transport brings of its own: authorization, and the administration service. */
@Module
public abstract class TransportModule {

  private TransportModule() {}

  @Binds
  abstract Authorization authorization(GrantTable table);

  @Binds
  @IntoSet
  abstract BindableService administration(AdministrationEndpoint endpoint);
}
