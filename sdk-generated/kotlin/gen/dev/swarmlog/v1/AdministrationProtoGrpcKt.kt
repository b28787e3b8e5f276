package dev.swarmlog.v1

import dev.swarmlog.v1.AdministrationServiceGrpc.getServiceDescriptor
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
 * Holder for Kotlin coroutine-based client and server APIs for swarmlog.v1.AdministrationService.
 */
public object AdministrationServiceGrpcKt {
  public const val SERVICE_NAME: String = AdministrationServiceGrpc.SERVICE_NAME

  @JvmStatic
  public val serviceDescriptor: ServiceDescriptor
    get() = getServiceDescriptor()

  public val createSwarmMethod: MethodDescriptor<CreateSwarmRequest, CreateSwarmResponse>
    @JvmStatic
    get() = AdministrationServiceGrpc.getCreateSwarmMethod()

  public val listSwarmsMethod: MethodDescriptor<ListSwarmsRequest, ListSwarmsResponse>
    @JvmStatic
    get() = AdministrationServiceGrpc.getListSwarmsMethod()

  public val getSwarmMethod: MethodDescriptor<GetSwarmRequest, GetSwarmResponse>
    @JvmStatic
    get() = AdministrationServiceGrpc.getGetSwarmMethod()

  public val listAgentsMethod: MethodDescriptor<ListAgentsRequest, ListAgentsResponse>
    @JvmStatic
    get() = AdministrationServiceGrpc.getListAgentsMethod()

  public val compactSwarmMethod: MethodDescriptor<CompactSwarmRequest, CompactSwarmResponse>
    @JvmStatic
    get() = AdministrationServiceGrpc.getCompactSwarmMethod()

  public val setRateLimitsMethod: MethodDescriptor<SetRateLimitsRequest, SetRateLimitsResponse>
    @JvmStatic
    get() = AdministrationServiceGrpc.getSetRateLimitsMethod()

  public val getStatusMethod: MethodDescriptor<GetStatusRequest, GetStatusResponse>
    @JvmStatic
    get() = AdministrationServiceGrpc.getGetStatusMethod()

  public val setLogLevelMethod: MethodDescriptor<SetLogLevelRequest, SetLogLevelResponse>
    @JvmStatic
    get() = AdministrationServiceGrpc.getSetLogLevelMethod()

  /**
   * A stub for issuing RPCs to a(n) swarmlog.v1.AdministrationService service as suspending
   * coroutines.
   */
  @StubFor(AdministrationServiceGrpc::class)
  public class AdministrationServiceCoroutineStub @JvmOverloads constructor(
    channel: Channel,
    callOptions: CallOptions = DEFAULT,
  ) : AbstractCoroutineStub<AdministrationServiceCoroutineStub>(channel, callOptions) {
    override fun build(channel: Channel, callOptions: CallOptions):
        AdministrationServiceCoroutineStub = AdministrationServiceCoroutineStub(channel,
        callOptions)

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
    public suspend fun createSwarm(request: CreateSwarmRequest, headers: Metadata = Metadata()):
        CreateSwarmResponse = unaryRpc(
      channel,
      AdministrationServiceGrpc.getCreateSwarmMethod(),
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
    public suspend fun listSwarms(request: ListSwarmsRequest, headers: Metadata = Metadata()):
        ListSwarmsResponse = unaryRpc(
      channel,
      AdministrationServiceGrpc.getListSwarmsMethod(),
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
    public suspend fun getSwarm(request: GetSwarmRequest, headers: Metadata = Metadata()):
        GetSwarmResponse = unaryRpc(
      channel,
      AdministrationServiceGrpc.getGetSwarmMethod(),
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
    public suspend fun listAgents(request: ListAgentsRequest, headers: Metadata = Metadata()):
        ListAgentsResponse = unaryRpc(
      channel,
      AdministrationServiceGrpc.getListAgentsMethod(),
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
    public suspend fun compactSwarm(request: CompactSwarmRequest, headers: Metadata = Metadata()):
        CompactSwarmResponse = unaryRpc(
      channel,
      AdministrationServiceGrpc.getCompactSwarmMethod(),
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
    public suspend fun setRateLimits(request: SetRateLimitsRequest, headers: Metadata = Metadata()):
        SetRateLimitsResponse = unaryRpc(
      channel,
      AdministrationServiceGrpc.getSetRateLimitsMethod(),
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
    public suspend fun getStatus(request: GetStatusRequest, headers: Metadata = Metadata()):
        GetStatusResponse = unaryRpc(
      channel,
      AdministrationServiceGrpc.getGetStatusMethod(),
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
    public suspend fun setLogLevel(request: SetLogLevelRequest, headers: Metadata = Metadata()):
        SetLogLevelResponse = unaryRpc(
      channel,
      AdministrationServiceGrpc.getSetLogLevelMethod(),
      request,
      callOptions,
      headers
    )
  }

  /**
   * Skeletal implementation of the swarmlog.v1.AdministrationService service based on Kotlin
   * coroutines.
   */
  public abstract class AdministrationServiceCoroutineImplBase(
    coroutineContext: CoroutineContext = EmptyCoroutineContext,
  ) : AbstractCoroutineServerImpl(coroutineContext) {
    /**
     * Returns the response to an RPC for swarmlog.v1.AdministrationService.CreateSwarm.
     *
     * If this method fails with a [StatusException], the RPC will fail with the corresponding
     * [io.grpc.Status].  If this method fails with a [java.util.concurrent.CancellationException],
     * the RPC will fail
     * with status `Status.CANCELLED`.  If this method fails for any other reason, the RPC will
     * fail with `Status.UNKNOWN` with the exception as a cause.
     *
     * @param request The request from the client.
     */
    public open suspend fun createSwarm(request: CreateSwarmRequest): CreateSwarmResponse = throw
        StatusException(UNIMPLEMENTED.withDescription("Method swarmlog.v1.AdministrationService.CreateSwarm is unimplemented"))

    /**
     * Returns the response to an RPC for swarmlog.v1.AdministrationService.ListSwarms.
     *
     * If this method fails with a [StatusException], the RPC will fail with the corresponding
     * [io.grpc.Status].  If this method fails with a [java.util.concurrent.CancellationException],
     * the RPC will fail
     * with status `Status.CANCELLED`.  If this method fails for any other reason, the RPC will
     * fail with `Status.UNKNOWN` with the exception as a cause.
     *
     * @param request The request from the client.
     */
    public open suspend fun listSwarms(request: ListSwarmsRequest): ListSwarmsResponse = throw
        StatusException(UNIMPLEMENTED.withDescription("Method swarmlog.v1.AdministrationService.ListSwarms is unimplemented"))

    /**
     * Returns the response to an RPC for swarmlog.v1.AdministrationService.GetSwarm.
     *
     * If this method fails with a [StatusException], the RPC will fail with the corresponding
     * [io.grpc.Status].  If this method fails with a [java.util.concurrent.CancellationException],
     * the RPC will fail
     * with status `Status.CANCELLED`.  If this method fails for any other reason, the RPC will
     * fail with `Status.UNKNOWN` with the exception as a cause.
     *
     * @param request The request from the client.
     */
    public open suspend fun getSwarm(request: GetSwarmRequest): GetSwarmResponse = throw
        StatusException(UNIMPLEMENTED.withDescription("Method swarmlog.v1.AdministrationService.GetSwarm is unimplemented"))

    /**
     * Returns the response to an RPC for swarmlog.v1.AdministrationService.ListAgents.
     *
     * If this method fails with a [StatusException], the RPC will fail with the corresponding
     * [io.grpc.Status].  If this method fails with a [java.util.concurrent.CancellationException],
     * the RPC will fail
     * with status `Status.CANCELLED`.  If this method fails for any other reason, the RPC will
     * fail with `Status.UNKNOWN` with the exception as a cause.
     *
     * @param request The request from the client.
     */
    public open suspend fun listAgents(request: ListAgentsRequest): ListAgentsResponse = throw
        StatusException(UNIMPLEMENTED.withDescription("Method swarmlog.v1.AdministrationService.ListAgents is unimplemented"))

    /**
     * Returns the response to an RPC for swarmlog.v1.AdministrationService.CompactSwarm.
     *
     * If this method fails with a [StatusException], the RPC will fail with the corresponding
     * [io.grpc.Status].  If this method fails with a [java.util.concurrent.CancellationException],
     * the RPC will fail
     * with status `Status.CANCELLED`.  If this method fails for any other reason, the RPC will
     * fail with `Status.UNKNOWN` with the exception as a cause.
     *
     * @param request The request from the client.
     */
    public open suspend fun compactSwarm(request: CompactSwarmRequest): CompactSwarmResponse = throw
        StatusException(UNIMPLEMENTED.withDescription("Method swarmlog.v1.AdministrationService.CompactSwarm is unimplemented"))

    /**
     * Returns the response to an RPC for swarmlog.v1.AdministrationService.SetRateLimits.
     *
     * If this method fails with a [StatusException], the RPC will fail with the corresponding
     * [io.grpc.Status].  If this method fails with a [java.util.concurrent.CancellationException],
     * the RPC will fail
     * with status `Status.CANCELLED`.  If this method fails for any other reason, the RPC will
     * fail with `Status.UNKNOWN` with the exception as a cause.
     *
     * @param request The request from the client.
     */
    public open suspend fun setRateLimits(request: SetRateLimitsRequest): SetRateLimitsResponse =
        throw
        StatusException(UNIMPLEMENTED.withDescription("Method swarmlog.v1.AdministrationService.SetRateLimits is unimplemented"))

    /**
     * Returns the response to an RPC for swarmlog.v1.AdministrationService.GetStatus.
     *
     * If this method fails with a [StatusException], the RPC will fail with the corresponding
     * [io.grpc.Status].  If this method fails with a [java.util.concurrent.CancellationException],
     * the RPC will fail
     * with status `Status.CANCELLED`.  If this method fails for any other reason, the RPC will
     * fail with `Status.UNKNOWN` with the exception as a cause.
     *
     * @param request The request from the client.
     */
    public open suspend fun getStatus(request: GetStatusRequest): GetStatusResponse = throw
        StatusException(UNIMPLEMENTED.withDescription("Method swarmlog.v1.AdministrationService.GetStatus is unimplemented"))

    /**
     * Returns the response to an RPC for swarmlog.v1.AdministrationService.SetLogLevel.
     *
     * If this method fails with a [StatusException], the RPC will fail with the corresponding
     * [io.grpc.Status].  If this method fails with a [java.util.concurrent.CancellationException],
     * the RPC will fail
     * with status `Status.CANCELLED`.  If this method fails for any other reason, the RPC will
     * fail with `Status.UNKNOWN` with the exception as a cause.
     *
     * @param request The request from the client.
     */
    public open suspend fun setLogLevel(request: SetLogLevelRequest): SetLogLevelResponse = throw
        StatusException(UNIMPLEMENTED.withDescription("Method swarmlog.v1.AdministrationService.SetLogLevel is unimplemented"))

    final override fun bindService(): ServerServiceDefinition = builder(getServiceDescriptor())
      .addMethod(unaryServerMethodDefinition(
      context = this.context,
      descriptor = AdministrationServiceGrpc.getCreateSwarmMethod(),
      implementation = ::createSwarm
    ))
      .addMethod(unaryServerMethodDefinition(
      context = this.context,
      descriptor = AdministrationServiceGrpc.getListSwarmsMethod(),
      implementation = ::listSwarms
    ))
      .addMethod(unaryServerMethodDefinition(
      context = this.context,
      descriptor = AdministrationServiceGrpc.getGetSwarmMethod(),
      implementation = ::getSwarm
    ))
      .addMethod(unaryServerMethodDefinition(
      context = this.context,
      descriptor = AdministrationServiceGrpc.getListAgentsMethod(),
      implementation = ::listAgents
    ))
      .addMethod(unaryServerMethodDefinition(
      context = this.context,
      descriptor = AdministrationServiceGrpc.getCompactSwarmMethod(),
      implementation = ::compactSwarm
    ))
      .addMethod(unaryServerMethodDefinition(
      context = this.context,
      descriptor = AdministrationServiceGrpc.getSetRateLimitsMethod(),
      implementation = ::setRateLimits
    ))
      .addMethod(unaryServerMethodDefinition(
      context = this.context,
      descriptor = AdministrationServiceGrpc.getGetStatusMethod(),
      implementation = ::getStatus
    ))
      .addMethod(unaryServerMethodDefinition(
      context = this.context,
      descriptor = AdministrationServiceGrpc.getSetLogLevelMethod(),
      implementation = ::setLogLevel
    )).build()
  }
}
