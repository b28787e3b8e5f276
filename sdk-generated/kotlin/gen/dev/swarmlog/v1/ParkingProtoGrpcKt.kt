package dev.swarmlog.v1

import dev.swarmlog.v1.ParkingServiceGrpc.getServiceDescriptor
import io.grpc.CallOptions
import io.grpc.CallOptions.DEFAULT
import io.grpc.Channel
import io.grpc.Metadata
import io.grpc.MethodDescriptor
import io.grpc.ServerServiceDefinition
import io.grpc.ServerServiceDefinition.builder
import io.grpc.ServiceDescriptor
import io.grpc.Status.UNIMPLEMENTED
import io.grpc.StatusException
import io.grpc.kotlin.AbstractCoroutineServerImpl
import io.grpc.kotlin.AbstractCoroutineStub
import io.grpc.kotlin.ClientCalls.unaryRpc
import io.grpc.kotlin.ServerCalls.unaryServerMethodDefinition
import io.grpc.kotlin.StubFor
import kotlin.String
import kotlin.coroutines.CoroutineContext
import kotlin.coroutines.EmptyCoroutineContext
import kotlin.jvm.JvmOverloads
import kotlin.jvm.JvmStatic

/**
 * Holder for Kotlin coroutine-based client and server APIs for swarmlog.v1.ParkingService.
 */
public object ParkingServiceGrpcKt {
  public const val SERVICE_NAME: String = ParkingServiceGrpc.SERVICE_NAME

  @JvmStatic
  public val serviceDescriptor: ServiceDescriptor
    get() = getServiceDescriptor()

  public val listParkedMethod: MethodDescriptor<ListParkedRequest, ListParkedResponse>
    @JvmStatic
    get() = ParkingServiceGrpc.getListParkedMethod()

  public val getParkedMethod: MethodDescriptor<GetParkedRequest, GetParkedResponse>
    @JvmStatic
    get() = ParkingServiceGrpc.getGetParkedMethod()

  public val replayParkedMethod: MethodDescriptor<ReplayParkedRequest, ReplayParkedResponse>
    @JvmStatic
    get() = ParkingServiceGrpc.getReplayParkedMethod()

  public val purgeParkedMethod: MethodDescriptor<PurgeParkedRequest, PurgeParkedResponse>
    @JvmStatic
    get() = ParkingServiceGrpc.getPurgeParkedMethod()

  /**
   * A stub for issuing RPCs to a(n) swarmlog.v1.ParkingService service as suspending coroutines.
   */
  @StubFor(ParkingServiceGrpc::class)
  public class ParkingServiceCoroutineStub @JvmOverloads constructor(
    channel: Channel,
    callOptions: CallOptions = DEFAULT,
  ) : AbstractCoroutineStub<ParkingServiceCoroutineStub>(channel, callOptions) {
    override fun build(channel: Channel, callOptions: CallOptions): ParkingServiceCoroutineStub =
        ParkingServiceCoroutineStub(channel, callOptions)

    /**
     * Executes this RPC and returns the response message, suspending until the RPC completes
     * with [`Status.OK`][io.grpc.Status].  If the RPC completes with another status, a
     * corresponding
     * [StatusException] is thrown.  If this coroutine is cancelled, the RPC is also cancelled
     * with the corresponding exception as a cause.
     *
     * @param request The request message to send to the server.
     *
     * @param headers Metadata to attach to the request.  Most users will not need this.
     *
     * @return The single response from the server.
     */
    public suspend fun listParked(request: ListParkedRequest, headers: Metadata = Metadata()):
        ListParkedResponse = unaryRpc(
      channel,
      ParkingServiceGrpc.getListParkedMethod(),
      request,
      callOptions,
      headers
    )

    /**
     * Executes this RPC and returns the response message, suspending until the RPC completes
     * with [`Status.OK`][io.grpc.Status].  If the RPC completes with another status, a
     * corresponding
     * [StatusException] is thrown.  If this coroutine is cancelled, the RPC is also cancelled
     * with the corresponding exception as a cause.
     *
     * @param request The request message to send to the server.
     *
     * @param headers Metadata to attach to the request.  Most users will not need this.
     *
     * @return The single response from the server.
     */
    public suspend fun getParked(request: GetParkedRequest, headers: Metadata = Metadata()):
        GetParkedResponse = unaryRpc(
      channel,
      ParkingServiceGrpc.getGetParkedMethod(),
      request,
      callOptions,
      headers
    )

    /**
     * Executes this RPC and returns the response message, suspending until the RPC completes
     * with [`Status.OK`][io.grpc.Status].  If the RPC completes with another status, a
     * corresponding
     * [StatusException] is thrown.  If this coroutine is cancelled, the RPC is also cancelled
     * with the corresponding exception as a cause.
     *
     * @param request The request message to send to the server.
     *
     * @param headers Metadata to attach to the request.  Most users will not need this.
     *
     * @return The single response from the server.
     */
    public suspend fun replayParked(request: ReplayParkedRequest, headers: Metadata = Metadata()):
        ReplayParkedResponse = unaryRpc(
      channel,
      ParkingServiceGrpc.getReplayParkedMethod(),
      request,
      callOptions,
      headers
    )

    /**
     * Executes this RPC and returns the response message, suspending until the RPC completes
     * with [`Status.OK`][io.grpc.Status].  If the RPC completes with another status, a
     * corresponding
     * [StatusException] is thrown.  If this coroutine is cancelled, the RPC is also cancelled
     * with the corresponding exception as a cause.
     *
     * @param request The request message to send to the server.
     *
     * @param headers Metadata to attach to the request.  Most users will not need this.
     *
     * @return The single response from the server.
     */
    public suspend fun purgeParked(request: PurgeParkedRequest, headers: Metadata = Metadata()):
        PurgeParkedResponse = unaryRpc(
      channel,
      ParkingServiceGrpc.getPurgeParkedMethod(),
      request,
      callOptions,
      headers
    )
  }

  /**
   * Skeletal implementation of the swarmlog.v1.ParkingService service based on Kotlin coroutines.
   */
  public abstract class ParkingServiceCoroutineImplBase(
    coroutineContext: CoroutineContext = EmptyCoroutineContext,
  ) : AbstractCoroutineServerImpl(coroutineContext) {
    /**
     * Returns the response to an RPC for swarmlog.v1.ParkingService.ListParked.
     *
     * If this method fails with a [StatusException], the RPC will fail with the corresponding
     * [io.grpc.Status].  If this method fails with a [java.util.concurrent.CancellationException],
     * the RPC will fail
     * with status `Status.CANCELLED`.  If this method fails for any other reason, the RPC will
     * fail with `Status.UNKNOWN` with the exception as a cause.
     *
     * @param request The request from the client.
     */
    public open suspend fun listParked(request: ListParkedRequest): ListParkedResponse = throw
        StatusException(UNIMPLEMENTED.withDescription("Method swarmlog.v1.ParkingService.ListParked is unimplemented"))

    /**
     * Returns the response to an RPC for swarmlog.v1.ParkingService.GetParked.
     *
     * If this method fails with a [StatusException], the RPC will fail with the corresponding
     * [io.grpc.Status].  If this method fails with a [java.util.concurrent.CancellationException],
     * the RPC will fail
     * with status `Status.CANCELLED`.  If this method fails for any other reason, the RPC will
     * fail with `Status.UNKNOWN` with the exception as a cause.
     *
     * @param request The request from the client.
     */
    public open suspend fun getParked(request: GetParkedRequest): GetParkedResponse = throw
        StatusException(UNIMPLEMENTED.withDescription("Method swarmlog.v1.ParkingService.GetParked is unimplemented"))

    /**
     * Returns the response to an RPC for swarmlog.v1.ParkingService.ReplayParked.
     *
     * If this method fails with a [StatusException], the RPC will fail with the corresponding
     * [io.grpc.Status].  If this method fails with a [java.util.concurrent.CancellationException],
     * the RPC will fail
     * with status `Status.CANCELLED`.  If this method fails for any other reason, the RPC will
     * fail with `Status.UNKNOWN` with the exception as a cause.
     *
     * @param request The request from the client.
     */
    public open suspend fun replayParked(request: ReplayParkedRequest): ReplayParkedResponse = throw
        StatusException(UNIMPLEMENTED.withDescription("Method swarmlog.v1.ParkingService.ReplayParked is unimplemented"))

    /**
     * Returns the response to an RPC for swarmlog.v1.ParkingService.PurgeParked.
     *
     * If this method fails with a [StatusException], the RPC will fail with the corresponding
     * [io.grpc.Status].  If this method fails with a [java.util.concurrent.CancellationException],
     * the RPC will fail
     * with status `Status.CANCELLED`.  If this method fails for any other reason, the RPC will
     * fail with `Status.UNKNOWN` with the exception as a cause.
     *
     * @param request The request from the client.
     */
    public open suspend fun purgeParked(request: PurgeParkedRequest): PurgeParkedResponse = throw
        StatusException(UNIMPLEMENTED.withDescription("Method swarmlog.v1.ParkingService.PurgeParked is unimplemented"))

    final override fun bindService(): ServerServiceDefinition = builder(getServiceDescriptor())
      .addMethod(unaryServerMethodDefinition(
      context = this.context,
      descriptor = ParkingServiceGrpc.getListParkedMethod(),
      implementation = ::listParked
    ))
      .addMethod(unaryServerMethodDefinition(
      context = this.context,
      descriptor = ParkingServiceGrpc.getGetParkedMethod(),
      implementation = ::getParked
    ))
      .addMethod(unaryServerMethodDefinition(
      context = this.context,
      descriptor = ParkingServiceGrpc.getReplayParkedMethod(),
      implementation = ::replayParked
    ))
      .addMethod(unaryServerMethodDefinition(
      context = this.context,
      descriptor = ParkingServiceGrpc.getPurgeParkedMethod(),
      implementation = ::purgeParked
    )).build()
  }
}
