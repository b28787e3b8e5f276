package dev.swarmlog.v1

import dev.swarmlog.v1.DriftServiceGrpc.getServiceDescriptor
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
 * Holder for Kotlin coroutine-based client and server APIs for swarmlog.v1.DriftService.
 */
public object DriftServiceGrpcKt {
  public const val SERVICE_NAME: String = DriftServiceGrpc.SERVICE_NAME

  @JvmStatic
  public val serviceDescriptor: ServiceDescriptor
    get() = getServiceDescriptor()

  public val listDriftMethod: MethodDescriptor<ListDriftRequest, ListDriftResponse>
    @JvmStatic
    get() = DriftServiceGrpc.getListDriftMethod()

  public val compareAgentsMethod: MethodDescriptor<CompareAgentsRequest, CompareAgentsResponse>
    @JvmStatic
    get() = DriftServiceGrpc.getCompareAgentsMethod()

  public val releaseAgentMethod: MethodDescriptor<ReleaseAgentRequest, ReleaseAgentResponse>
    @JvmStatic
    get() = DriftServiceGrpc.getReleaseAgentMethod()

  /**
   * A stub for issuing RPCs to a(n) swarmlog.v1.DriftService service as suspending coroutines.
   */
  @StubFor(DriftServiceGrpc::class)
  public class DriftServiceCoroutineStub @JvmOverloads constructor(
    channel: Channel,
    callOptions: CallOptions = DEFAULT,
  ) : AbstractCoroutineStub<DriftServiceCoroutineStub>(channel, callOptions) {
    override fun build(channel: Channel, callOptions: CallOptions): DriftServiceCoroutineStub =
        DriftServiceCoroutineStub(channel, callOptions)

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
    public suspend fun listDrift(request: ListDriftRequest, headers: Metadata = Metadata()):
        ListDriftResponse = unaryRpc(
      channel,
      DriftServiceGrpc.getListDriftMethod(),
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
    public suspend fun compareAgents(request: CompareAgentsRequest, headers: Metadata = Metadata()):
        CompareAgentsResponse = unaryRpc(
      channel,
      DriftServiceGrpc.getCompareAgentsMethod(),
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
    public suspend fun releaseAgent(request: ReleaseAgentRequest, headers: Metadata = Metadata()):
        ReleaseAgentResponse = unaryRpc(
      channel,
      DriftServiceGrpc.getReleaseAgentMethod(),
      request,
      callOptions,
      headers
    )
  }

  /**
   * Skeletal implementation of the swarmlog.v1.DriftService service based on Kotlin coroutines.
   */
  public abstract class DriftServiceCoroutineImplBase(
    coroutineContext: CoroutineContext = EmptyCoroutineContext,
  ) : AbstractCoroutineServerImpl(coroutineContext) {
    /**
     * Returns the response to an RPC for swarmlog.v1.DriftService.ListDrift.
     *
     * If this method fails with a [StatusException], the RPC will fail with the corresponding
     * [io.grpc.Status].  If this method fails with a [java.util.concurrent.CancellationException],
     * the RPC will fail
     * with status `Status.CANCELLED`.  If this method fails for any other reason, the RPC will
     * fail with `Status.UNKNOWN` with the exception as a cause.
     *
     * @param request The request from the client.
     */
    public open suspend fun listDrift(request: ListDriftRequest): ListDriftResponse = throw
        StatusException(UNIMPLEMENTED.withDescription("Method swarmlog.v1.DriftService.ListDrift is unimplemented"))

    /**
     * Returns the response to an RPC for swarmlog.v1.DriftService.CompareAgents.
     *
     * If this method fails with a [StatusException], the RPC will fail with the corresponding
     * [io.grpc.Status].  If this method fails with a [java.util.concurrent.CancellationException],
     * the RPC will fail
     * with status `Status.CANCELLED`.  If this method fails for any other reason, the RPC will
     * fail with `Status.UNKNOWN` with the exception as a cause.
     *
     * @param request The request from the client.
     */
    public open suspend fun compareAgents(request: CompareAgentsRequest): CompareAgentsResponse =
        throw
        StatusException(UNIMPLEMENTED.withDescription("Method swarmlog.v1.DriftService.CompareAgents is unimplemented"))

    /**
     * Returns the response to an RPC for swarmlog.v1.DriftService.ReleaseAgent.
     *
     * If this method fails with a [StatusException], the RPC will fail with the corresponding
     * [io.grpc.Status].  If this method fails with a [java.util.concurrent.CancellationException],
     * the RPC will fail
     * with status `Status.CANCELLED`.  If this method fails for any other reason, the RPC will
     * fail with `Status.UNKNOWN` with the exception as a cause.
     *
     * @param request The request from the client.
     */
    public open suspend fun releaseAgent(request: ReleaseAgentRequest): ReleaseAgentResponse = throw
        StatusException(UNIMPLEMENTED.withDescription("Method swarmlog.v1.DriftService.ReleaseAgent is unimplemented"))

    final override fun bindService(): ServerServiceDefinition = builder(getServiceDescriptor())
      .addMethod(unaryServerMethodDefinition(
      context = this.context,
      descriptor = DriftServiceGrpc.getListDriftMethod(),
      implementation = ::listDrift
    ))
      .addMethod(unaryServerMethodDefinition(
      context = this.context,
      descriptor = DriftServiceGrpc.getCompareAgentsMethod(),
      implementation = ::compareAgents
    ))
      .addMethod(unaryServerMethodDefinition(
      context = this.context,
      descriptor = DriftServiceGrpc.getReleaseAgentMethod(),
      implementation = ::releaseAgent
    )).build()
  }
}
