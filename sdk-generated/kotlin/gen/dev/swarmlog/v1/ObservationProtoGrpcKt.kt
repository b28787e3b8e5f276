package dev.swarmlog.v1

import dev.swarmlog.v1.ObservationServiceGrpc.getServiceDescriptor
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
import io.grpc.kotlin.ClientCalls.serverStreamingRpc
import io.grpc.kotlin.ClientCalls.unaryRpc
import io.grpc.kotlin.ServerCalls.serverStreamingServerMethodDefinition
import io.grpc.kotlin.ServerCalls.unaryServerMethodDefinition
import io.grpc.kotlin.StubFor
import kotlin.String
import kotlin.coroutines.CoroutineContext
import kotlin.coroutines.EmptyCoroutineContext
import kotlin.jvm.JvmOverloads
import kotlin.jvm.JvmStatic
import kotlinx.coroutines.flow.Flow

/**
 * Holder for Kotlin coroutine-based client and server APIs for swarmlog.v1.ObservationService.
 */
public object ObservationServiceGrpcKt {
  public const val SERVICE_NAME: String = ObservationServiceGrpc.SERVICE_NAME

  @JvmStatic
  public val serviceDescriptor: ServiceDescriptor
    get() = getServiceDescriptor()

  public val tailMethod: MethodDescriptor<TailRequest, TailResponse>
    @JvmStatic
    get() = ObservationServiceGrpc.getTailMethod()

  public val getOperationLifeMethod:
      MethodDescriptor<GetOperationLifeRequest, GetOperationLifeResponse>
    @JvmStatic
    get() = ObservationServiceGrpc.getGetOperationLifeMethod()

  public val getOverviewMethod: MethodDescriptor<GetOverviewRequest, GetOverviewResponse>
    @JvmStatic
    get() = ObservationServiceGrpc.getGetOverviewMethod()

  public val listBacklogsMethod: MethodDescriptor<ListBacklogsRequest, ListBacklogsResponse>
    @JvmStatic
    get() = ObservationServiceGrpc.getListBacklogsMethod()

  /**
   * A stub for issuing RPCs to a(n) swarmlog.v1.ObservationService service as suspending
   * coroutines.
   */
  @StubFor(ObservationServiceGrpc::class)
  public class ObservationServiceCoroutineStub @JvmOverloads constructor(
    channel: Channel,
    callOptions: CallOptions = DEFAULT,
  ) : AbstractCoroutineStub<ObservationServiceCoroutineStub>(channel, callOptions) {
    override fun build(channel: Channel, callOptions: CallOptions): ObservationServiceCoroutineStub
        = ObservationServiceCoroutineStub(channel, callOptions)

    /**
     * Returns a [Flow] that, when collected, executes this RPC and emits responses from the
     * server as they arrive.  That flow finishes normally if the server closes its response with
     * [`Status.OK`][io.grpc.Status], and fails by throwing a [StatusException] otherwise.  If
     * collecting the flow downstream fails exceptionally (including via cancellation), the RPC
     * is cancelled with that exception as a cause.
     *
     * @param request The request message to send to the server.
     *
     * @param headers Metadata to attach to the request.  Most users will not need this.
     *
     * @return A flow that, when collected, emits the responses from the server.
     */
    public fun tail(request: TailRequest, headers: Metadata = Metadata()): Flow<TailResponse> =
        serverStreamingRpc(
      channel,
      ObservationServiceGrpc.getTailMethod(),
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
    public suspend fun getOperationLife(request: GetOperationLifeRequest, headers: Metadata =
        Metadata()): GetOperationLifeResponse = unaryRpc(
      channel,
      ObservationServiceGrpc.getGetOperationLifeMethod(),
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
    public suspend fun getOverview(request: GetOverviewRequest, headers: Metadata = Metadata()):
        GetOverviewResponse = unaryRpc(
      channel,
      ObservationServiceGrpc.getGetOverviewMethod(),
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
    public suspend fun listBacklogs(request: ListBacklogsRequest, headers: Metadata = Metadata()):
        ListBacklogsResponse = unaryRpc(
      channel,
      ObservationServiceGrpc.getListBacklogsMethod(),
      request,
      callOptions,
      headers
    )
  }

  /**
   * Skeletal implementation of the swarmlog.v1.ObservationService service based on Kotlin
   * coroutines.
   */
  public abstract class ObservationServiceCoroutineImplBase(
    coroutineContext: CoroutineContext = EmptyCoroutineContext,
  ) : AbstractCoroutineServerImpl(coroutineContext) {
    /**
     * Returns a [Flow] of responses to an RPC for swarmlog.v1.ObservationService.Tail.
     *
     * If creating or collecting the returned flow fails with a [StatusException], the RPC
     * will fail with the corresponding [io.grpc.Status].  If it fails with a
     * [java.util.concurrent.CancellationException], the RPC will fail with status
     * `Status.CANCELLED`.  If creating
     * or collecting the returned flow fails for any other reason, the RPC will fail with
     * `Status.UNKNOWN` with the exception as a cause.
     *
     * @param request The request from the client.
     */
    public open fun tail(request: TailRequest): Flow<TailResponse> = throw
        StatusException(UNIMPLEMENTED.withDescription("Method swarmlog.v1.ObservationService.Tail is unimplemented"))

    /**
     * Returns the response to an RPC for swarmlog.v1.ObservationService.GetOperationLife.
     *
     * If this method fails with a [StatusException], the RPC will fail with the corresponding
     * [io.grpc.Status].  If this method fails with a [java.util.concurrent.CancellationException],
     * the RPC will fail
     * with status `Status.CANCELLED`.  If this method fails for any other reason, the RPC will
     * fail with `Status.UNKNOWN` with the exception as a cause.
     *
     * @param request The request from the client.
     */
    public open suspend fun getOperationLife(request: GetOperationLifeRequest):
        GetOperationLifeResponse = throw
        StatusException(UNIMPLEMENTED.withDescription("Method swarmlog.v1.ObservationService.GetOperationLife is unimplemented"))

    /**
     * Returns the response to an RPC for swarmlog.v1.ObservationService.GetOverview.
     *
     * If this method fails with a [StatusException], the RPC will fail with the corresponding
     * [io.grpc.Status].  If this method fails with a [java.util.concurrent.CancellationException],
     * the RPC will fail
     * with status `Status.CANCELLED`.  If this method fails for any other reason, the RPC will
     * fail with `Status.UNKNOWN` with the exception as a cause.
     *
     * @param request The request from the client.
     */
    public open suspend fun getOverview(request: GetOverviewRequest): GetOverviewResponse = throw
        StatusException(UNIMPLEMENTED.withDescription("Method swarmlog.v1.ObservationService.GetOverview is unimplemented"))

    /**
     * Returns the response to an RPC for swarmlog.v1.ObservationService.ListBacklogs.
     *
     * If this method fails with a [StatusException], the RPC will fail with the corresponding
     * [io.grpc.Status].  If this method fails with a [java.util.concurrent.CancellationException],
     * the RPC will fail
     * with status `Status.CANCELLED`.  If this method fails for any other reason, the RPC will
     * fail with `Status.UNKNOWN` with the exception as a cause.
     *
     * @param request The request from the client.
     */
    public open suspend fun listBacklogs(request: ListBacklogsRequest): ListBacklogsResponse = throw
        StatusException(UNIMPLEMENTED.withDescription("Method swarmlog.v1.ObservationService.ListBacklogs is unimplemented"))

    final override fun bindService(): ServerServiceDefinition = builder(getServiceDescriptor())
      .addMethod(serverStreamingServerMethodDefinition(
      context = this.context,
      descriptor = ObservationServiceGrpc.getTailMethod(),
      implementation = ::tail
    ))
      .addMethod(unaryServerMethodDefinition(
      context = this.context,
      descriptor = ObservationServiceGrpc.getGetOperationLifeMethod(),
      implementation = ::getOperationLife
    ))
      .addMethod(unaryServerMethodDefinition(
      context = this.context,
      descriptor = ObservationServiceGrpc.getGetOverviewMethod(),
      implementation = ::getOverview
    ))
      .addMethod(unaryServerMethodDefinition(
      context = this.context,
      descriptor = ObservationServiceGrpc.getListBacklogsMethod(),
      implementation = ::listBacklogs
    )).build()
  }
}
