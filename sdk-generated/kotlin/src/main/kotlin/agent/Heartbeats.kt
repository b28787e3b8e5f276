package agent

import dev.swarmlog.v1.Heartbeat
import dev.swarmlog.v1.HeartbeatReply
import dev.swarmlog.v1.constants.Session.CLOCK_SAMPLES
import dev.swarmlog.v1.constants.Session.HEARTBEAT_INTERVAL_MS
import dev.swarmlog.v1.constants.Session.MAX_UNANSWERED_HEARTBEATS
import dev.swarmlog.v1.heartbeat
import java.time.Instant
import java.time.temporal.ChronoUnit
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds

/** The heartbeats of one run of the agent, and what their answers tell of the coordinator's clock. */
class Heartbeats {
    private var number = 0L
    private var unanswered = 0
    private val samples = ArrayDeque<Sample>()

    /** A session begins; answers how often one is to be sent. */
    fun begin(intervalMs: Int): Duration {
        unanswered = 0
        return (if (intervalMs > 0) intervalMs else HEARTBEAT_INTERVAL_MS).milliseconds
    }

    /** The next one. Null if so many have no answer that nobody can be there. */
    fun next(nowUnixNano: Long): Heartbeat? {
        if (unanswered >= MAX_UNANSWERED_HEARTBEATS) return null
        unanswered++
        number++
        // As NTP has it (RFC 5905, 10): what delays a heartbeat falsifies it, too, so the quickest one tells.
        val best = samples.minByOrNull { it.roundTrip }
        return heartbeat {
            number = this@Heartbeats.number
            sentUnixNano = nowUnixNano
            if (best != null) {
                clockOffsetNano = best.offset
                clockUncertaintyNano = best.roundTrip / 2
            }
        }
    }

    fun answered(reply: HeartbeatReply, nowUnixNano: Long) {
        unanswered = 0
        val outward = reply.receivedUnixNano - reply.agentSentUnixNano
        val homeward = nowUnixNano - reply.sentUnixNano
        // Below zero one of the clocks was set in between.
        if (outward + homeward < 0) return
        if (samples.size >= CLOCK_SAMPLES) samples.removeFirst()
        samples += Sample(outward + homeward, (outward - homeward) / 2)
    }

    private data class Sample(val roundTrip: Long, val offset: Long)
}

/** Nanoseconds since 1970-01-01T00:00:00Z, by the agent's clock. */
fun nowUnixNano(): Long = ChronoUnit.NANOS.between(Instant.EPOCH, Instant.now())
