package agent

import dev.swarmlog.v1.DigestPart
import dev.swarmlog.v1.DigestQuery
import dev.swarmlog.v1.LogResume
import dev.swarmlog.v1.Operation
import dev.swarmlog.v1.OperationClass
import dev.swarmlog.v1.Scope
import dev.swarmlog.v1.ScopeSums
import dev.swarmlog.v1.Skipped
import dev.swarmlog.v1.SnapshotPage
import dev.swarmlog.v1.SyncReceipt

/** What the agent holds of each scope of its view. */
class Ledger {
    private val byName = mutableMapOf<ScopeName, HeldScope>()

    /** Those of which the keyed state is held: as of the position, or as far as what was interrupted says. */
    private val heldNames = mutableSetOf<ScopeName>()

    val scopes: Collection<HeldScope> get() = byName.values

    /** The scopes held, for a resume state. */
    val held: List<Scope> get() = byName.keys.filter { it in heldNames }.map(ScopeName::toMessage)

    operator fun get(name: ScopeName?): HeldScope? = byName[name]

    /** The sums of every scope. */
    fun sums(): List<ScopeSums> = byName.values.map(HeldScope::sums)

    /**
     * Begins to follow a plan: what is not in its view is dropped.
     *
     * [fresh]: nothing was ever applied. [replaces]: the position moves over what was not given, so events are not
     * known any more. [holdsNothing]: a snapshot begins.
     */
    fun begin(view: List<ScopeName>, fresh: Boolean, replaces: Boolean, holdsNothing: Boolean) {
        byName.keys.retainAll(view.toSet())
        heldNames.retainAll(view.toSet())
        for (name in view) {
            val scope = byName.getOrPut(name) { HeldScope(name, fresh) }
            if (replaces) scope.forgetEvents()
            if (fresh) heldNames += name
        }
        if (holdsNothing) heldNames.clear()
    }

    /**
     * An operation as the log has it. Ephemeral ones, classes of later versions and scopes beyond the view are in no
     * sum.
     */
    fun operation(operation: Operation) {
        val scope = this[ScopeName.of(operation)] ?: return
        when (operation.operationClass) {
            OperationClass.OPERATION_CLASS_EVENT -> scope.event(operation)
            OperationClass.OPERATION_CLASS_KEYED ->
                if (operation.tombstone) scope.remove(operation.key) else scope.put(operation.key, Held.of(operation))
            else -> {}
        }
    }

    /** Events that are not handed out. [partlySeen]: some of them may have been counted before. */
    fun skipped(skipped: Skipped, partlySeen: Boolean) {
        val scope = this[ScopeName.of(skipped.scope)] ?: return
        if (partlySeen) return scope.forgetEvents()
        val hash = Digest.of(skipped.eventHash)
            ?: throw DoesNotFollow("Expected 16 bytes of an event hash, but got ${skipped.eventHash.size()}")
        scope.skip(skipped.count, hash)
    }

    /** Keys of an interval are replaced. */
    fun replace(page: SnapshotPage) {
        val scope = this[ScopeName.of(page.scope)] ?: return
        scope.removeWithin(page.afterKey, page.throughKey)
        page.operationsList.forEach { scope.put(it.key, Held.of(it)) }
    }

    /** A page of a snapshot was applied; [pending] are the scopes whose pages have not all come. */
    fun paged(page: SnapshotPage, pending: List<ScopeName>) {
        heldNames -= pending.toSet()
        if (page.throughKey.isEmpty()) ScopeName.of(page.scope)?.let { heldNames += it }
    }

    /** Events cannot be mended behind the agent's back: it goes on from these sums. */
    fun takeEvents(sums: ScopeSums) {
        this[ScopeName.of(sums.scope)]?.takeEvents(sums)
    }

    /** The end of a sync: all of the view is held. Answers what differs from the sums of the receipt. */
    fun finish(receipt: SyncReceipt, view: List<ScopeName>): Mismatches {
        heldNames += view
        val stated = receipt.sumsList.associateBy { ScopeName.of(it.scope) }
        val told = mutableListOf<String>()
        var stateDiffers = false
        for ((name, scope) in byName) {
            val expected = stated[name] ?: ScopeSums.getDefaultInstance()
            val state = scope.stateMismatch(expected)
            stateDiffers = stateDiffers || state != null
            told += listOfNotNull(state, scope.eventsMismatch(expected))
            scope.takeEvents(expected)
        }
        return Mismatches(told, stateDiffers)
    }

    /** Answers a query for where the agent stands. Null where it does not know the scope. */
    fun parts(query: DigestQuery): List<DigestPart>? = this[ScopeName.of(query.scope)]?.parts(query)

    /**
     * What differed from a receipt: [told] to people; [state]: the keyed state, which can be sent anew. Events cannot.
     */
    data class Mismatches(val told: List<String>, val state: Boolean)

    companion object {
        /** As it was stored: scopes, sums and keys. */
        fun stored(resume: LogResume, keys: Iterable<StoredKey>): Ledger = Ledger().apply {
            for (name in resume.scopesList.mapNotNull { ScopeName.of(it) }) {
                byName[name] = HeldScope(name, fromTheBeginning = true)
                heldNames += name
            }
            for (sums in resume.sumsList) {
                val name = ScopeName.of(sums.scope) ?: continue
                val scope = byName.getOrPut(name) { HeldScope(name, fromTheBeginning = false) }
                if (sums.eventHash.isEmpty) scope.forgetEvents() else scope.takeEvents(sums)
            }
            keys.forEach { byName[it.scope]?.put(it.key, it.held) }
        }
    }
}

/** A key as it is stored. */
data class StoredKey(val scope: ScopeName, val key: String, val held: Held)

/** A frame does not follow on what the agent has. */
class DoesNotFollow(message: String) : Exception(message)
