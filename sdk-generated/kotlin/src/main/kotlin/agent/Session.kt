package agent

import dev.swarmlog.v1.Capability
import dev.swarmlog.v1.ControlRequest
import dev.swarmlog.v1.ControlResponse
import dev.swarmlog.v1.ControlResponse.FrameCase
import dev.swarmlog.v1.DataRequest
import dev.swarmlog.v1.Hello
import dev.swarmlog.v1.Log
import dev.swarmlog.v1.LogPlan
import dev.swarmlog.v1.NackReply
import dev.swarmlog.v1.Plan
import dev.swarmlog.v1.Position
import dev.swarmlog.v1.SessionServiceGrpcKt.SessionServiceCoroutineStub
import dev.swarmlog.v1.Topic
import dev.swarmlog.v1.Welcome
import dev.swarmlog.v1.allAgents
import dev.swarmlog.v1.attach
import dev.swarmlog.v1.constants.PROTOCOL_MAX
import dev.swarmlog.v1.constants.PROTOCOL_MIN
import dev.swarmlog.v1.constants.Session.HANDSHAKE_TIMEOUT_MS
import dev.swarmlog.v1.controlRequest
import dev.swarmlog.v1.copy
import dev.swarmlog.v1.dataRequest
import dev.swarmlog.v1.hello
import dev.swarmlog.v1.self
import dev.swarmlog.v1.view
import dev.swarmlog.v1.viewScope
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.cancelChildren
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.channels.SendChannel
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.buffer
import kotlinx.coroutines.flow.catch
import kotlinx.coroutines.flow.consumeAsFlow
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.produceIn
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeoutOrNull
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds
import io.grpc.Channel as GrpcChannel

/** One session: Control, which keeps it alive, and Data, which carries the log. */
class Session(private val agent: Agent, private val channel: GrpcChannel) {
    private val outgoing = Channel<ControlRequest>(MAX_WAITING_FRAMES)
    private val acks = Channel<DataRequest>(MAX_WAITING_FRAMES)
    private val replies = Channel<NackReply>(MAX_WAITING_FRAMES)
    private val stub = SessionServiceCoroutineStub(channel)

    /** The session was established, and nobody asked to end it: perhaps it was lost to many agents at once. */
    val isLost: Boolean get() = isEstablished && !isDrained
    private var isEstablished = false
    private var isDrained = false

    /**
     * Opens the session and keeps it until it is cancelled. What is being stored then is finished and acknowledged.
     *
     * @throws Failure why it ended
     */
    suspend fun run(): Unit = coroutineScope {
        // The streams are of this scope, and what reads them of one within, so that they outlive it until the last ack
        // has arrived.
        val frames = stub.control(outgoing.consumeAsFlow()).frames(this)
        try {
            val replica = agent.stored()
            outgoing.send(controlRequest { hello = hello(replica) })
            val welcome = withTimeoutOrNull(HANDSHAKE_TIMEOUT_MS.milliseconds) { welcome(frames) }
                ?: throw Failure.passing("Expected an answer to Hello in $HANDSHAKE_TIMEOUT_MS ms, but there was none")
            val lane = lane(welcome, replica, this)
            agent.backoff.succeeded()
            isEstablished = true
            coroutineScope {
                launch { lane.run() }
                launch { sendHeartbeats(agent.heartbeats.begin(welcome.heartbeatIntervalMs)) }
                readControl(frames)
            }
        } finally {
            withContext(NonCancellable) { end(frames) }
            coroutineContext.cancelChildren()
        }
    }

    private fun lane(welcome: Welcome, replica: Replica, calls: CoroutineScope): LaneStream {
        val plan = mainPlan(welcome)
        plan.lostList.forEach { System.err.println("${it.count} events of (${it.fromOpId}, ${it.toOpId}] are gone.") }
        val attach = attach {
            sessionId = welcome.sessionId
            log = Log.LOG_MAIN
        }
        acks.trySend(dataRequest { this.attach = attach })
        val lane = Lane(agent.name, replica, plan, welcome)
        return LaneStream(
            agent,
            lane,
            channel,
            stub.data(acks.consumeAsFlow()).frames(calls),
            acks,
            outgoing,
            replies,
            SumsSchedule(if (lane.heals) welcome.limits.driftCheckIntervalMs else 0),
            canRefuse = welcome.accepts(Capability.CAPABILITY_NACK),
        )
    }

    /** The plan for the one log of the view, if it can be followed. */
    private fun mainPlan(welcome: Welcome): LogPlan {
        val plan = welcome.plansList.firstOrNull { it.log == Log.LOG_MAIN }
            ?: throw Failure.passing("Expected a plan for the log main, but there is none")
        if (plan.plan == Plan.PLAN_REJECT) throw Failure.of(plan.status)
        if (!plan.start.isWhole || !plan.target.isWhole) {
            throw Failure.passing("Expected a plan that says where it starts and ends, but this one does not")
        }
        if (!welcome.accepts(Capability.CAPABILITY_SYNC)) {
            throw Failure.lasting("Expected a coordinator that sends deltas and receipts, but this one is too old")
        }
        return plan
    }

    private fun hello(replica: Replica): Hello = hello {
        protocolMin = PROTOCOL_MIN
        protocolMax = PROTOCOL_MAX
        capabilities = wanted.fold(0L) { bits, capability -> bits or capability.number.toLong() }
        swarm = this@Session.agent.swarm
        agent = this@Session.agent.name
        instance = this@Session.agent.instance
        view = view {
            for (of in listOf(Topic.TOPIC_COMMANDS, Topic.TOPIC_RECONCILIATION)) {
                scopes += viewScope {
                    topic = of
                    all = allAgents {}
                }
                scopes += viewScope {
                    topic = of
                    self = self {}
                }
            }
        }
        replica.presented()?.let { resume += it }
        sdk = "kotlin-example $VERSION"
    }

    private suspend fun welcome(frames: Frames<ControlResponse>): Welcome {
        while (true) {
            val frame = frames.next()
            if (frame.hasWelcome()) return frame.welcome
        }
    }

    private suspend fun sendHeartbeats(interval: Duration): Nothing {
        while (true) {
            delay(interval)
            val next = agent.heartbeats.next(nowUnixNano())
                ?: throw Failure.passing("Expected answers to heartbeats, but there were none")
            val heartbeat = next.copy {
                handlerRunningMs = agent.stepSince?.elapsedNow()?.inWholeMilliseconds ?: 0
                ignoredDuplicates = agent.ignoredDuplicates
                outOfOrder = agent.outOfOrder
            }
            // Where there is no room the stream is broken, or stands still: the next heartbeats will tell.
            outgoing.trySend(controlRequest { this.heartbeat = heartbeat })
        }
    }

    private suspend fun readControl(frames: Frames<ControlResponse>): Nothing {
        while (true) {
            val frame = frames.next()
            when (frame.frameCase) {
                FrameCase.HEARTBEAT_REPLY -> agent.heartbeats.answered(frame.heartbeatReply, nowUnixNano())
                FrameCase.DRAIN -> {
                    isDrained = true
                    val after = frame.drain.reconnectAfterMs.toUInt().toLong().milliseconds
                    throw Failure.passing("The coordinator asked to connect again: ${frame.drain.reason}", after)
                }
                // One that is dropped comes again: the operation is refused again after a while.
                FrameCase.NACK_REPLY -> replies.trySend(frame.nackReply)
                FrameCase.NOTICE -> System.err.println("The coordinator passed a frame over: ${frame.notice.message}")
                // Of a later version.
                else -> {}
            }
        }
    }

    /** Ends the streams so that what was sent arrives. */
    private suspend fun end(frames: Frames<ControlResponse>) {
        listOf<SendChannel<*>>(acks, outgoing).forEach { it.close() }
        if (!isEstablished) return
        withTimeoutOrNull(gentleEnd) {
            while (frames.receiveCatching().getOrNull()?.isSuccess == true) Unit
        }
    }

    private companion object {
        /** Frames that wait for the connection: a heartbeat now and then, a Nack, acks. */
        const val MAX_WAITING_FRAMES = 16

        /** How long the end of a session may take. */
        val gentleEnd = 1.seconds
        val wanted = listOf(Capability.CAPABILITY_SYNC, Capability.CAPABILITY_DRIFT, Capability.CAPABILITY_NACK)

        fun Welcome.accepts(capability: Capability) = capabilities and capability.number.toLong() != 0L

        val Position.isWhole get() = incarnation != 0L && epoch != 0L

        /**
         * One frame is read ahead at most: so HTTP/2's window closes for a coordinator that is faster than the agent.
         */
        fun <T> Flow<T>.frames(scope: CoroutineScope): Frames<T> =
            map { Result.success(it) }.catch { emit(Result.failure(it)) }.buffer(Channel.RENDEZVOUS).produceIn(scope)
    }
}
