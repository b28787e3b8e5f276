package agent

import dev.swarmlog.v1.constants.Session.SUMS_SLACK_DIVISOR
import kotlin.time.ComparableTimeMark
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.TimeSource

/**
 * When the sums of what is held go with an ack: at most once in an interval of the coordinator's, after something was
 * applied, and right after each repair. With an interval of 0 ms, only after repairs.
 */
class SumsSchedule(intervalMs: Long, private val time: TimeSource.WithComparableMarks = TimeSource.Monotonic) {
    // It counts from when it got the last ones, and the way there may have been quicker.
    private val interval = intervalMs.milliseconds.let { it + it / SUMS_SLACK_DIVISOR }
    private var next: ComparableTimeMark = time.markNow()
    private var unreported = true
    private var reportedBefore = false

    /** How long until they are due if nothing else happens, at least 0. Null if there is nothing to report. */
    val dueIn: Duration?
        get() = if (unreported && interval.isPositive()) (-next.elapsedNow()).coerceAtLeast(Duration.ZERO) else null

    fun applied() {
        unreported = true
    }

    fun reported() {
        // The first ones may come too soon for a coordinator that looked at those of a session before.
        unreported = !reportedBefore
        reportedBefore = true
        next = time.markNow() + interval
    }
}
