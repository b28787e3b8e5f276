package agent

import dev.swarmlog.v1.constants.Backoff.ATTEMPT_AFTER_LOSS
import dev.swarmlog.v1.constants.Backoff.FIRST_CEILING_MS
import dev.swarmlog.v1.constants.Backoff.LAST_CEILING_MS
import dev.swarmlog.v1.constants.Backoff.STABLE_MS
import kotlin.random.Random
import kotlin.time.ComparableTimeMark
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.nanoseconds
import kotlin.time.TimeSource

/**
 * Exponential backoff with full jitter: so a thousand agents that lost their coordinator together do not come back
 * together. What worked for a while begins anew; what only connected to be thrown out does not.
 *
 * [upTo] gives a number from 0 up to one that it is given, inclusive; [time] never goes back.
 */
class Backoff(
    private val time: TimeSource.WithComparableMarks = TimeSource.Monotonic,
    private val upTo: (Long) -> Long = { Random.nextLong(it + 1) },
) {
    private var attempt = 0
    private var succeededAt: ComparableTimeMark? = null

    /** Things work from now on. */
    fun succeeded() {
        succeededAt = succeededAt ?: time.markNow()
    }

    /**
     * How long to wait before the next try. Jitter comes on top of what the coordinator asked for, [atLeast]. [lost]:
     * an established session ended, maybe those of many agents at once.
     */
    fun next(atLeast: Duration = Duration.ZERO, lost: Boolean = false): Duration {
        if (succeededAt?.let { it.elapsedNow() >= STABLE_MS.milliseconds } == true) attempt = 0
        succeededAt = null
        if (lost) attempt = maxOf(attempt, ATTEMPT_AFTER_LOSS)
        val doubled = FIRST_CEILING_MS.milliseconds * (1 shl minOf(attempt, MOST_DOUBLINGS))
        val ceiling = minOf(doubled, LAST_CEILING_MS.milliseconds)
        attempt++
        return atLeast + upTo(ceiling.inWholeNanoseconds).nanoseconds
    }

    private companion object {
        /** Far beyond the last ceiling. */
        const val MOST_DOUBLINGS = 30
    }
}
