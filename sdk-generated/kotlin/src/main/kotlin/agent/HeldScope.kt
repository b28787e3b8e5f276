package agent

import com.google.protobuf.ByteString
import dev.swarmlog.v1.DigestPart
import dev.swarmlog.v1.DigestQuery
import dev.swarmlog.v1.Operation
import dev.swarmlog.v1.ScopeSums
import dev.swarmlog.v1.constants.Session.MAX_DIGEST_PARTS
import dev.swarmlog.v1.constants.Session.MIN_DIGEST_PARTS
import dev.swarmlog.v1.digestPart
import dev.swarmlog.v1.scopeSums
import java.util.SortedMap
import java.util.TreeMap

/** The value of a key. */
data class Held(val value: Digest, val data: ByteString) {
    companion object {
        /**
         * As an operation sets it. The digest is that of the payload that came, and not what the coordinator says of
         * it.
         */
        fun of(operation: Operation) = Held(valueDigest(operation.payload), operation.payload.data)
    }
}

/**
 * Keys and running sums of one scope. Of a new one nothing is held; [fromTheBeginning]: every event of it will come.
 */
class HeldScope(val name: ScopeName, fromTheBeginning: Boolean) {
    private val held = TreeMap<String, Held>(utf8Order)
    private var state = Digest.ZERO

    /** Count and sum; null where they are not known, until a receipt says them. */
    private var events: Events? = if (fromTheBeginning) Events(0, Digest.ZERO) else null

    /** In the order of their UTF-8. */
    val keys: SortedMap<String, Held> get() = held

    fun put(key: String, value: Held) {
        remove(key)
        state += keyDigest(name, key, value.value)
        held[key] = value
    }

    fun remove(key: String) {
        val before = held.remove(key) ?: return
        state -= keyDigest(name, key, before.value)
    }

    fun removeWithin(afterKey: String, throughKey: String) =
        within(afterKey, throughKey).keys.toList().forEach(::remove)

    fun event(operation: Operation) = skip(1, eventDigest(operation.opId, name, valueDigest(operation.payload)))

    /** Counts events of which only the sum is known. */
    fun skip(count: Long, hash: Digest) {
        events = events?.let { Events(it.count + count, it.hash + hash) }
    }

    fun forgetEvents() {
        events = null
    }

    /** Goes on from the events of these sums; a hash that is none leaves them unknown. */
    fun takeEvents(sums: ScopeSums) {
        events = Digest.of(sums.eventHash)?.let { Events(sums.eventCount, it) }
    }

    /** `event_hash` is empty where the events are not known. */
    fun sums(): ScopeSums = scopeSums {
        scope = name.toMessage()
        stateDigest = state.toByteString()
        events?.let {
            eventCount = it.count
            eventHash = it.hash.toByteString()
        }
    }

    /** How the keyed state differs from what it should be, for people to read; null if it does not. */
    fun stateMismatch(expected: ScopeSums): String? {
        val theirs = Digest.of(expected.stateDigest)
        val what = "expected the keyed state to have the digest $theirs, but it has $state"
        return if (theirs == state) null else "$name: $what"
    }

    /** The same of events. Where they are not known there is nothing to compare. */
    fun eventsMismatch(expected: ScopeSums): String? {
        val ours = events ?: return null
        val theirs = Digest.of(expected.eventHash)?.let { Events(expected.eventCount, it) }
        return if (theirs == ours) null else "$name: expected $theirs, but there were $ours"
    }

    /** Cuts the keys of a query's interval into parts, as docs/drift.md says under "Cutting". */
    fun parts(query: DigestQuery): List<DigestPart> {
        val keys = within(query.afterKey, query.throughKey).entries.toList()
        val most = query.maxParts.toUInt().coerceIn(MIN_DIGEST_PARTS.toUInt(), MAX_DIGEST_PARTS.toUInt()).toInt()
        val rest = keys.size <= most && keys.lastOrNull()?.key != query.throughKey
        val cuts = minOf(keys.size, if (rest) most - 1 else most)

        // In 64 bits: a hundred million keys times the parts are more than 32 hold.
        fun cut(i: Int) = (keys.size.toLong() * i / cuts).toInt()
        return buildList {
            for (i in 1..cuts) {
                val part = keys.subList(cut(i - 1), cut(i))
                val end = if (i == cuts && !rest) query.throughKey else part.last().key
                val digests = part.map { (key, held) -> keyDigest(name, key, held.value) }
                add(digestPart(end, part.size, digests.fold(Digest.ZERO, Digest::plus)))
            }
            if (rest) add(digestPart(query.throughKey, 0, Digest.ZERO))
        }
    }

    /** Behind one key, up to another; an empty one is the beginning, or the end. */
    private fun within(afterKey: String, throughKey: String): SortedMap<String, Held> = when {
        throughKey.isEmpty() -> held.tailMap(afterKey, false)
        // A map refuses an interval that ends before it begins.
        utf8Order.compare(afterKey, throughKey) >= 0 -> sortedMapOf()
        else -> held.subMap(afterKey, false, throughKey, true)
    }

    private data class Events(val count: Long, val hash: Digest) {
        override fun toString() = "$count events with the hash $hash"
    }
}

/** A part of an answer to a query. */
fun digestPart(end: String, count: Int, sum: Digest): DigestPart = digestPart {
    throughKey = end
    keyCount = count.toLong()
    digest = sum.toByteString()
}
