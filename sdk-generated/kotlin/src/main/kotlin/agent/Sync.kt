package agent

import dev.swarmlog.v1.LogPlan
import dev.swarmlog.v1.Plan
import dev.swarmlog.v1.Position
import dev.swarmlog.v1.SnapshotPage
import dev.swarmlog.v1.SnapshotResume
import dev.swarmlog.v1.SyncReceipt
import dev.swarmlog.v1.logPlan
import dev.swarmlog.v1.resumeTriple
import dev.swarmlog.v1.snapshotResume

/**
 * How far one sync has come: a delta, then pages of keyed state where the plan has some, then the receipt. Begins anew
 * with each session, and each time the reader fell behind.
 */
class Sync(private val plan: LogPlan, interrupted: Interrupted?) {
    val target: Position = if (plan.hasTarget()) plan.target else plan.head
    private val before: SnapshotResume? =
        (interrupted as? Interrupted.Snapshot)?.resume?.takeIf { it.position.isSame(target) }

    /** A snapshot is what would be interrupted, from the first delivery on. */
    private var snapshot: SnapshotResume? =
        before ?: if (plan.plan == Plan.PLAN_SNAPSHOT) snapshotResume { position = target } else null

    /** Whose pages come, in order; those before [next] have come. */
    private val paged: List<ScopeName> = plan.snapshotScopesList.mapNotNull { ScopeName.of(it) }
    private var next = 0

    /** What the next page may at most begin behind. */
    private var afterKey: String =
        before?.takeIf { it.hasScope() && ScopeName.of(it.scope) == paged.firstOrNull() }?.lastKey.orEmpty()

    var receipt: SyncReceipt? = null
    var received = 0L
    private var inPages = 0L

    /** All keyed state will come, and no page of it was applied yet. */
    val beginsSnapshot: Boolean = plan.plan == Plan.PLAN_SNAPSHOT && before?.hasScope() != true

    /** The scopes whose pages have not all come. */
    val pending: List<ScopeName> get() = paged.drop(next)

    /** What is stored as interrupted with a delivery up to a position. */
    fun interruptedAt(to: Position): Interrupted = snapshot?.let(Interrupted::Snapshot) ?: Interrupted.Delta(
        resumeTriple {
            baseOpId = plan.baseOpId
            cursorOpId = to.opId
            targetOpId = target.opId
            exact = plan.exact || to.opId == target.opId
        },
    )

    /** Whether it is time to be asked what is held: all deliveries have come. */
    fun mayBeAsked(at: Position): Boolean = plan.compares && at.isSame(target)

    /**
     * Takes a page as the next one. False if it was applied before.
     *
     * @throws DoesNotFollow it cannot be the next one
     */
    fun page(page: SnapshotPage): Boolean {
        if (!page.position.isSame(target)) {
            val at = page.position.opId
            throw DoesNotFollow("Expected keyed state as of operation ${target.opId}, but got some as of $at")
        }
        val index = paged.indexOf(ScopeName.of(page.scope))
        if (index < 0) throw DoesNotFollow("Expected keyed state of the scopes in the plan, but got some of another")
        page.checkKeys()
        inPages += page.operationsCount
        val isLast = page.throughKey.isEmpty()
        if (index < next || (index == next && !isLast && !(page.throughKey isBehind afterKey))) return false
        val skips = index > next || page.afterKey isBehind afterKey
        if (skips && !plan.compares) {
            throw DoesNotFollow("Expected keyed state behind '$afterKey', but got some behind '${page.afterKey}'")
        }
        next = if (isLast) index + 1 else index
        afterKey = page.throughKey
        snapshot = snapshotResume {
            position = target
            scope = page.scope
            lastKey = page.throughKey
        }
        return true
    }

    /**
     * The receipt, if the sync can end at a position.
     *
     * @throws DoesNotFollow it cannot
     */
    fun end(at: Position): SyncReceipt {
        if (!at.isSame(target)) {
            throw DoesNotFollow("Expected the sync to end at ${target.opId}, but it ends at ${at.opId}")
        }
        val missing = pending.firstOrNull()
        if (missing != null && !plan.compares) {
            throw DoesNotFollow("Expected the keyed state of $missing, but the sync ends without it")
        }
        return receipt?.takeIf { it.target.isSame(at) }
            ?: throw DoesNotFollow("Expected a receipt for operation ${at.opId} before the end of the sync")
    }

    /** How the counts of a receipt differ from what came, for people to read. */
    fun miscounted(receipt: SyncReceipt): List<String> = listOf(
        Triple(receipt.sentCount, received, "in deliveries"),
        Triple(receipt.snapshotCount, inPages, "in pages of keyed state"),
    ).filter { (stated, came) -> stated != came }
        .map { (stated, came, of) -> "expected $stated operations $of, but $came came" }

    private infix fun String.isBehind(other: String) = utf8Order.compare(this, other) > 0

    companion object {
        /** The delta of a reader that fell behind what the coordinator has in memory. */
        fun fellBehind(at: Position, head: Position): Sync {
            val plan = logPlan {
                target = head
                baseOpId = at.opId
                exact = true
            }
            return Sync(plan, null)
        }
    }
}

/** Whether both name the same point of the same history. */
fun Position.isSame(other: Position): Boolean = opId == other.opId && isSameHistory(other)

/** Whether an operation ID means the same in both. */
fun Position.isSameHistory(other: Position): Boolean = incarnation == other.incarnation && epoch == other.epoch

/**
 * That the keys of a page ascend, and lie in its interval.
 *
 * @throws DoesNotFollow they do not
 */
fun SnapshotPage.checkKeys() {
    var before = afterKey
    for (key in operationsList.map { it.key }) {
        if (utf8Order.compare(key, before) <= 0) {
            throw DoesNotFollow("Expected keys in ascending order behind '$before', but got '$key'")
        }
        before = key
    }
    if (throughKey.isNotEmpty() && utf8Order.compare(before, throughKey) > 0) {
        throw DoesNotFollow("Expected keys up to '$throughKey', but got '$before'")
    }
}
