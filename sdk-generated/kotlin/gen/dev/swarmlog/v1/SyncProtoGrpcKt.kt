package dev.swarmlog.v1

import dev.swarmlog.v1.SyncServiceGrpc.getServiceDescriptor
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
 * Holder for Kotlin coroutine-based client and server APIs for swarmlog.v1.SyncService.
 */
public object SyncServiceGrpcKt {
  public const val SERVICE_NAME: String = SyncServiceGrpc.SERVICE_NAME

  @JvmStatic
  public val serviceDescriptor: ServiceDescriptor
    get() = getServiceDescriptor()

  public val syncMethod: MethodDescriptor<SyncRequest, SyncResponse>
    @JvmStatic
    get() = SyncServiceGrpc.getSyncMethod()

  public val planSyncMethod: MethodDescriptor<PlanSyncRequest, PlanSyncResponse>
    @JvmStatic
    get() = SyncServiceGrpc.getPlanSyncMethod()

  public val diffMethod: MethodDescriptor<DiffRequest, DiffResponse>
    @JvmStatic
    get() = SyncServiceGrpc.getDiffMethod()

  /**
   * A stub for issuing RPCs to a(n) swarmlog.v1.SyncService service as suspending coroutines.
   */
  @StubFor(SyncServiceGrpc::class)
  public class SyncServiceCoroutineStub @JvmOverloads constructor(
    channel: Channel,
    callOptions: CallOptions = DEFAULT,
  ) : AbstractCoroutineStub<SyncServiceCoroutineStub>(channel, callOptions) {
    override fun build(channel: Channel, callOptions: CallOptions): SyncServiceCoroutineStub =
        SyncServiceCoroutineStub(channel, callOptions)

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
    public fun sync(request: SyncRequest, headers: Metadata = Metadata()): Flow<SyncResponse> =
        serverStreamingRpc(
      channel,
      SyncServiceGrpc.getSyncMethod(),
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
    public suspend fun planSync(request: PlanSyncRequest, headers: Metadata = Metadata()):
        PlanSyncResponse = unaryRpc(
      channel,
      SyncServiceGrpc.getPlanSyncMethod(),
      request,
      callOptions,
      headers
    )

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
    public fun diff(request: DiffRequest, headers: Metadata = Metadata()): Flow<DiffResponse> =
        serverStreamingRpc(
      channel,
      SyncServiceGrpc.getDiffMethod(),
      request,
      callOptions,
      headers
    )
  }

  /**
   * Skeletal implementation of the swarmlog.v1.SyncService service based on Kotlin coroutines.
   */
  public abstract class SyncServiceCoroutineImplBase(
    coroutineContext: CoroutineContext = EmptyCoroutineContext,
  ) : AbstractCoroutineServerImpl(coroutineContext) {
    /**
     * Returns a [Flow] of responses to an RPC for swarmlog.v1.SyncService.Sync.
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
    public open fun sync(request: SyncRequest): Flow<SyncResponse> = throw
        StatusException(UNIMPLEMENTED.withDescription("Method swarmlog.v1.SyncService.Sync is unimplemented"))

    /**
     * Returns the response to an RPC for swarmlog.v1.SyncService.PlanSync.
     *
     * If this method fails with a [StatusException], the RPC will fail with the corresponding
     * [io.grpc.Status].  If this method fails with a [java.util.concurrent.CancellationException],
     * the RPC will fail
     * with status `Status.CANCELLED`.  If this method fails for any other reason, the RPC will
     * fail with `Status.UNKNOWN` with the exception as a cause.
     *
     * @param request The request from the client.
     */
    public open suspend fun planSync(request: PlanSyncRequest): PlanSyncResponse = throw
        StatusException(UNIMPLEMENTED.withDescription("Method swarmlog.v1.SyncService.PlanSync is unimplemented"))

    /**
     * Returns a [Flow] of responses to an RPC for swarmlog.v1.SyncService.Diff.
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
    public open fun diff(request: DiffRequest): Flow<DiffResponse> = throw
        StatusException(UNIMPLEMENTED.withDescription("Method swarmlog.v1.SyncService.Diff is unimplemented"))

    final override fun bindService(): ServerServiceDefinition = builder(getServiceDescriptor())
      .addMethod(serverStreamingServerMethodDefinition(
      context = this.context,
      descriptor = SyncServiceGrpc.getSyncMethod(),
      implementation = ::sync
    ))
      .addMethod(unaryServerMethodDefinition(
      context = this.context,
      descriptor = SyncServiceGrpc.getPlanSyncMethod(),
      implementation = ::planSync
    ))
      .addMethod(serverStreamingServerMethodDefinition(
      context = this.context,
      descriptor = SyncServiceGrpc.getDiffMethod(),
      implementation = ::diff
    )).build()
  }
}
