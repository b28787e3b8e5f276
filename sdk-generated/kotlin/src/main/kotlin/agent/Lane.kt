package agent

import com.google.rpc.Status
import dev.swarmlog.v1.Capability
import dev.swarmlog.v1.DataResponse
import dev.swarmlog.v1.DataResponse.FrameCase
import dev.swarmlog.v1.Delivery
import dev.swarmlog.v1.DigestQuery
import dev.swarmlog.v1.DigestReport
import dev.swarmlog.v1.FellBehind
import dev.swarmlog.v1.LogPlan
import dev.swarmlog.v1.Operation
import dev.swarmlog.v1.Position
import dev.swarmlog.v1.Repair
import dev.swarmlog.v1.ScopeSums
import dev.swarmlog.v1.SnapshotPage
import dev.swarmlog.v1.Welcome
import dev.swarmlog.v1.digestReport

/**
 * What the frames of one log lead to in one session: the rules of docs/protocol.md and docs/sync.md, without input,
 * output or a clock. Follows a plan from what is stored, which is [replica].
 *
 * Where a frame does not follow, what was read and not stored is to be forgotten, and another session begins from what
 * is stored.
 */
class Lane(private val agent: String, val replica: Replica, plan: LogPlan, welcome: Welcome) {
    private val drift = welcome.capabilities and Capability.CAPABILITY_DRIFT_VALUE.toLong() != 0L

    /** The coordinator sends keys that differ as soon as it sees the sums. */
    val heals: Boolean = drift && welcome.limits.driftCheckIntervalMs != 0L
    private val view = plan.scopesList.mapNotNull { ScopeName.of(it) }
    private var sync: Sync? = Sync(plan, replica.interrupted)

    /** Operations that came again. */
    var duplicates = 0L
        private set
    var lastRepairId = 0L
        private set

    init {
        val stored = replica.position
        val replaces = stored != null && (!stored.isSameHistory(plan.start) || plan.start.opId > stored.opId)
        if (stored == null || replaces) replica.position = plan.start
        replica.ledger.begin(view, fresh = stored == null, replaces, holdsNothing = sync?.beginsSnapshot == true)
    }

    val position: Position get() = replica.position ?: Position.getDefaultInstance()
    val isSyncing: Boolean get() = sync != null

    /** The sums that go with an ack: of each scope held, outside syncs. */
    val sums: List<ScopeSums> get() = if (isSyncing) emptyList() else replica.ledger.sums()

    /**
     * Takes the next frame.
     *
     * @throws DoesNotFollow it does not follow on what the lane has
     */
    fun frame(frame: DataResponse): Step = when (frame.frameCase) {
        FrameCase.DELIVERY -> delivery(frame.delivery)
        FrameCase.SNAPSHOT -> page(frame.snapshot)
        FrameCase.RECEIPT -> Step().also { sync?.receipt = frame.receipt }
        FrameCase.CAUGHT_UP -> caughtUp(frame.caughtUp.position)
        FrameCase.FELL_BEHIND -> fellBehind(frame.fellBehind)
        FrameCase.DIGEST_QUERY -> if (drift) query(frame.digestQuery) else Step()
        FrameCase.REPAIR -> if (drift) repair(frame.repair) else Step()
        FrameCase.NOTICE -> Step(notes = listOf("The coordinator passed a frame over: ${frame.notice.message}"))
        // Of a later version, or of no lane like this. What must not be missed would come with a capability that
        // was not asked for.
        else -> Step()
    }

    private fun delivery(delivery: Delivery): Step {
        checkFollows(delivery)
        val stands = position.opId
        val to = delivery.to
        val (seen, fresh) = delivery.operationsList.partition { it.opId <= stands }
        sync?.let { it.received += delivery.operationsCount }
        duplicates += seen.size
        if (to.opId <= stands) return Step(acknowledge = seen.isNotEmpty())
        val duties = mutableListOf<Duty>()
        val refused = mutableListOf<Refused>()
        for (operation in fresh) {
            try {
                replica.apply(operation, agent)?.let { duties += it }
            } catch (e: CannotApply) {
                refused += Refused(operation, e.status)
            }
        }
        delivery.skippedList.forEach { replica.ledger.skipped(it, partlySeen = delivery.fromOpId < stands) }
        replica.interrupted = sync?.interruptedAt(to)
        replica.position = to
        return Step(store = true, refused = refused, duties = duties, applied = fresh.size - refused.size)
    }

    private fun checkFollows(delivery: Delivery) {
        val (from, to) = delivery.fromOpId to delivery.to
        if (!position.isSameHistory(to)) {
            val (ours, theirs) = position.epoch.toULong().toString(16) to to.epoch.toULong().toString(16)
            throw DoesNotFollow("Expected deliveries of epoch $ours, but got one of $theirs")
        }
        if (from > position.opId) {
            throw DoesNotFollow("Expected a delivery from operation ${position.opId} on, but one begins behind $from")
        }
        var before = from
        for (opId in delivery.operationsList.map { it.opId }) {
            if (opId <= before || opId > to.opId) {
                throw DoesNotFollow("Expected operations in order in ($from, ${to.opId}], but got $opId behind $before")
            }
            before = opId
        }
        val target = sync?.target?.opId
        if (target != null && to.opId > target) {
            throw DoesNotFollow("Expected deliveries up to $target, where the sync ends, but got one up to ${to.opId}")
        }
    }

    private fun page(page: SnapshotPage): Step {
        val under = sync ?: throw DoesNotFollow("Expected keyed state within a sync, but got some behind one")
        if (!under.page(page)) {
            duplicates += page.operationsCount
            return Step()
        }
        replica.ledger.replace(page)
        replica.ledger.paged(page, under.pending)
        replica.interrupted = under.interruptedAt(under.target)
        replica.position = under.target
        return Step(store = true)
    }

    private fun caughtUp(at: Position): Step {
        val ending = sync ?: return Step()
        val receipt = ending.end(at)
        val found = replica.ledger.finish(receipt, view)
        replica.interrupted = null
        replica.position = ending.target
        sync = null
        val notes = (found.told + ending.miscounted(receipt)).map { "The receipt does not hold: $it" }
        return Step(store = true, notes = notes, differs = found.state && !heals)
    }

    private fun fellBehind(frame: FellBehind): Step {
        if (isSyncing || !frame.position.isSame(position)) {
            val (ours, theirs) = position.opId to frame.position.opId
            throw DoesNotFollow("Expected to fall behind at operation $ours outside of a sync, but it was at $theirs")
        }
        sync = Sync.fellBehind(frame.position, frame.head)
        return Step()
    }

    private fun query(query: DigestQuery): Step {
        if (sync?.mayBeAsked(position) == false) {
            throw DoesNotFollow("Expected queries where the plan compares, but query ${query.queryId} came before")
        }
        val held = replica.ledger.parts(query)
        val report = digestReport {
            queryId = query.queryId
            position = this@Lane.position
            parts += held ?: listOf(digestPart(query.throughKey, 0, Digest.ZERO))
            unknown = held == null
        }
        return Step(digests = report)
    }

    private fun repair(repair: Repair): Step {
        if (isSyncing) throw DoesNotFollow("Expected repairs between syncs, but one came inside of one")
        val notes = mutableListOf<String>()
        for (page in repair.pagesList) {
            if (!page.position.isSame(position)) {
                throw DoesNotFollow("Expected a repair at operation ${position.opId}, but got one of elsewhere")
            }
            page.checkKeys()
            replica.ledger.replace(page)
        }
        if (repair.pagesCount > 0) {
            val keys = repair.pagesList.sumOf { it.operationsCount }
            notes += "What this agent held was not what the log says; $keys keys were set anew"
        }
        if (repair.hasEvents()) {
            replica.ledger.takeEvents(repair.events)
            notes += "Events were lost, doubled or changed behind operation ${repair.goodOpId}; they cannot be mended"
        }
        lastRepairId = repair.repairId
        return Step(store = true, reportSums = true, notes = notes)
    }
}

/** An operation that cannot be applied, and why. */
data class Refused(val operation: Operation, val why: Status)

/** What is to be done about a frame, in this order. */
data class Step(
    /** For people to read. */
    val notes: List<String> = emptyList(),
    /** The coordinator is to say what becomes of them. */
    val refused: List<Refused> = emptyList(),
    /** To publish before the replica is stored, and to print behind. */
    val duties: List<Duty> = emptyList(),
    /** The replica has changed: store it, then acknowledge its position. */
    val store: Boolean = false,
    /** How many operations were applied. */
    val applied: Int = 0,
    /** To be acknowledged although nothing changed. */
    val acknowledge: Boolean = false,
    /** Sums are to go with the ack, whenever the last ones were. */
    val reportSums: Boolean = false,
    val digests: DigestReport? = null,
    /**
     * At the end of a sync: whether the keyed state is another than that of the receipt, and not mended in this
     * session.
     */
    val differs: Boolean? = null,
)
