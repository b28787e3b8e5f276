package dev.swarmlog.reliability.simulation;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import java.util.concurrent.TimeUnit;

/** gRPC as a process of a client sees it. */
final class VirtualChannel extends ManagedChannel {

  private final VirtualLink link;
  private final VirtualProcess process;
  private boolean shutdown;

  VirtualChannel(VirtualLink link, VirtualProcess process) {
    this.link = link;
    this.process = process;
  }

  @Override
  public <Q, P> ClientCall<Q, P> newCall(MethodDescriptor<Q, P> method, CallOptions options) {
    return new VirtualCall<>(link, process, method).client();
  }

  @Override
  public String authority() {
    return "coordinator:7400";
  }

  @Override
  public void notifyWhenStateChanged(ConnectivityState source, Runnable callback) {
    VirtualLink.Connection connected = link.connection(process);
    if (connected == null) {
      link.network().time().schedule(process, 0, callback);
    } else {
      connected.whenLost(callback);
    }
  }

  @Override
  public ManagedChannel shutdown() {
    shutdown = true;
    return this;
  }

  @Override
  public ManagedChannel shutdownNow() {
    return shutdown();
  }

  @Override
  public boolean isShutdown() {
    return shutdown;
  }

  @Override
  public boolean isTerminated() {
    return shutdown;
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    return true;
  }
}
