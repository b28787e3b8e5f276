package agent

import dev.swarmlog.v1.Ack
import dev.swarmlog.v1.ControlRequest
import dev.swarmlog.v1.DataRequest
import dev.swarmlog.v1.DataResponse
import dev.swarmlog.v1.Log
import dev.swarmlog.v1.Nack.Reaction
import dev.swarmlog.v1.NackReply
import dev.swarmlog.v1.NackReply.Outcome
import dev.swarmlog.v1.ack
import dev.swarmlog.v1.constants.Session.NACK_PATIENCE_MS
import dev.swarmlog.v1.controlRequest
import dev.swarmlog.v1.dataRequest
import dev.swarmlog.v1.nack
import io.grpc.Channel
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.channels.ChannelResult
import kotlinx.coroutines.channels.ReceiveChannel
import kotlinx.coroutines.channels.SendChannel
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.receiveAsFlow
import kotlinx.coroutines.selects.onTimeout
import kotlinx.coroutines.selects.select
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeoutOrNull
import java.io.IOException
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.TimeSource

/** What comes on a stream, and in the end why there is no more. */
typealias Frames<T> = ReceiveChannel<Result<T>>

/**
 * The stream Data of the log: reads a frame, does what it leads to, acknowledges, and only then reads the next one.
 * Cancelled, it finishes what it has begun to store.
 */
class LaneStream(
    private val agent: Agent,
    private val lane: Lane,
    private val channel: Channel,
    private val frames: Frames<DataResponse>,
    private val acks: SendChannel<DataRequest>,
    private val control: SendChannel<ControlRequest>,
    private val replies: ReceiveChannel<NackReply>,
    private val sums: SumsSchedule,
    /** The coordinator takes Nacks. */
    private val canRefuse: Boolean,
) {
    /** Reads until it is cancelled. */
    suspend fun run(): Nothing {
        while (true) {
            val frame = nextFrame()
            if (frame == null) {
                acks.send(ack(Step(reportSums = true)))
                continue
            }
            val duplicates = lane.duplicates
            val step = try {
                lane.frame(frame)
            } catch (e: DoesNotFollow) {
                agent.outOfOrder++
                throw Failure.passing(e.message.orEmpty())
            }
            agent.ignoredDuplicates += lane.duplicates - duplicates
            agent.stepSince = TimeSource.Monotonic.markNow()
            try {
                perform(step)
            } finally {
                agent.stepSince = null
            }
        }
    }

    /** Null where sums are due before there is a frame. */
    @OptIn(ExperimentalCoroutinesApi::class)
    private suspend fun nextFrame(): DataResponse? = select {
        frames.onReceiveCatching { it.orFail() }
        if (!lane.isSyncing) sums.dueIn?.let { due -> onTimeout(due) { null } }
    }

    private suspend fun perform(step: Step) {
        step.notes.forEach { System.err.println("$it.") }
        step.refused.forEach { refuse(it) }
        step.duties.filterIsInstance<Duty.Answer>().forEach { answer(it.askedBy) }
        val leftOver = withContext(NonCancellable) {
            if (step.store) store()
            step.duties.filterIsInstance<Duty.Report>().forEach { print(it) }
            if (step.store || step.acknowledge) send(dataRequest { ack = acknowledgement(step) }) else null
        }
        leftOver?.let { acks.send(it) }
        step.digests?.let { acks.send(dataRequest { digestReport = it }) }
        step.differs?.let { differs ->
            val before = agent.differed
            agent.differed = differs
            // The next session says what is held, and is sent what differs. A second time nothing would mend it.
            if (differs && !before) throw Failure.passing("Expected the keyed state of the receipt, but it differs")
        }
    }

    /**
     * Answers the frame if there is no room for it now: then the coordinator takes nothing, or the stream is broken.
     */
    private fun send(frame: DataRequest): DataRequest? = if (acks.trySend(frame).isSuccess) null else frame

    private suspend fun store() {
        val bytes = lane.replica.encode(agent.swarm, agent.name)
        try {
            // Not on the thread that answers heartbeats: a disk may take its time.
            withContext(Dispatchers.IO) { agent.file.replace(bytes) }
        } catch (e: IOException) {
            val what = "Expected to store ${agent.file.path}, but: ${e.message}"
            throw Failure.passing("$what. What was stored before is there; mend the disk")
        }
        sums.applied()
    }

    private fun print(report: Duty.Report) {
        println(report.line)
        if (System.out.checkError()) throw Failure.lasting("Expected to write to standard output, but could not")
    }

    private fun ack(step: Step): DataRequest = dataRequest { ack = acknowledgement(step) }

    private fun acknowledgement(step: Step): Ack {
        val withSums = !lane.isSyncing && (step.reportSums || sums.dueIn == Duration.ZERO)
        if (withSums) sums.reported()
        return ack {
            applied = lane.position
            lastRepairId = lane.lastRepairId
            if (withSums) sums += lane.sums
            if (step.applied > 0) appliedUnixNano = nowUnixNano()
        }
    }

    /** Has the coordinator say what becomes of an operation, before anything at or behind it is stored. */
    private suspend fun refuse(refused: Refused) {
        val id = refused.operation.opId
        System.err.println("Operation $id cannot be applied: ${refused.why.message}.")
        // It comes again with the next session, until somebody mends one or the other.
        if (!canRefuse) throw Failure.passing("Expected a coordinator that can be told of operation $id")
        val frame = controlRequest {
            nack = nack {
                log = Log.LOG_MAIN
                opId = id
                // Another try would find the same bytes.
                reaction = Reaction.REACTION_PARK
                status = refused.why
            }
        }
        val backoff = Backoff()
        while (true) {
            control.send(frame)
            val reply = withTimeoutOrNull(NACK_PATIENCE_MS.milliseconds) {
                replies.receiveAsFlow().first { it.opId == id }
            } ?: continue
            if (reply.outcome in taken) return
            val told = Failure.of(reply.status)
            System.err.println("The coordinator does not take the refusal of operation $id: $told")
            delay(backoff.next(told.retryAfter))
        }
    }

    private suspend fun answer(askedBy: Long) {
        val backoff = Backoff()
        while (true) {
            try {
                return answer(channel, agent.swarm, agent.name, askedBy)
            } catch (why: Failure) {
                if (!why.isRetryable) throw why
                System.err.println("The answer to operation $askedBy is not published yet: $why")
                delay(backoff.next(why.retryAfter))
            }
        }
    }

    private companion object {
        val taken =
            setOf(Outcome.OUTCOME_RETRY, Outcome.OUTCOME_PARKED, Outcome.OUTCOME_SKIPPED, Outcome.OUTCOME_SUPERSEDED)
    }
}

/** The next frame of a stream that is not to end. */
suspend fun <T> Frames<T>.next(): T = receiveCatching().orFail()

private fun <T> ChannelResult<Result<T>>.orFail(): T =
    (getOrNull() ?: throw Failure.passing("The coordinator ended the stream without saying why"))
        .getOrElse { throw Failure.ofCall(it) }
