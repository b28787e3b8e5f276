package agent

import com.google.protobuf.ByteString
import dev.swarmlog.v1.Payload
import java.nio.ByteBuffer
import java.security.MessageDigest

/**
 * The first 16 bytes of a SHA-256, as docs/state-digest.md defines them: a big-endian number, of which sums wrap around
 * at 2^128.
 */
data class Digest(private val high: ULong, private val low: ULong) {
    operator fun plus(other: Digest): Digest {
        val sum = low + other.low
        return Digest(high + other.high + (if (sum < low) 1u else 0u), sum)
    }

    operator fun minus(other: Digest): Digest =
        Digest(high - other.high - (if (low < other.low) 1u else 0u), low - other.low)

    fun toByteArray(): ByteArray = ByteBuffer.allocate(BYTES).putLong(high.toLong()).putLong(low.toLong()).array()

    fun toByteString(): ByteString = ByteString.copyFrom(toByteArray())

    override fun toString(): String = toByteArray().toHex()

    companion object {
        private const val BYTES = 16
        val ZERO = Digest(0u, 0u)

        /** From the wire, where no bytes stand for zero. Null if there are neither none nor 16. */
        fun of(bytes: ByteString): Digest? = when (bytes.size()) {
            0 -> ZERO
            BYTES -> of(bytes.asReadOnlyByteBuffer())
            else -> null
        }

        internal fun of(bytes: ByteBuffer) = Digest(bytes.getLong().toULong(), bytes.getLong().toULong())
    }
}

/** Of a payload; one that is missing counts as an empty one. */
fun valueDigest(payload: Payload): Digest = digest(1) {
    withLength(payload.typeBytes)
    withLength(payload.contentTypeBytes)
    update(payload.schemaVersion.toBytes())
    withLength(payload.data)
}

/** Of a key that has a value. */
fun keyDigest(scope: ScopeName, key: String, value: Digest): Digest = digest(2) {
    update(scope.encoded)
    withLength(ByteString.copyFromUtf8(key))
    update(value.toByteArray())
}

/** Of an event. */
fun eventDigest(opId: Long, scope: ScopeName, value: Digest): Digest = digest(3) {
    update(opId.toBytes())
    update(scope.encoded)
    update(value.toByteArray())
}

fun sha256(): MessageDigest = MessageDigest.getInstance("SHA-256")

/** Feeds a length in 4 bytes, then what has it. */
fun MessageDigest.withLength(bytes: ByteString) {
    update(bytes.size().toBytes())
    update(bytes.asReadOnlyByteBuffer())
}

fun Int.toBytes(): ByteArray = ByteBuffer.allocate(Int.SIZE_BYTES).putInt(this).array()

fun Long.toBytes(): ByteArray = ByteBuffer.allocate(Long.SIZE_BYTES).putLong(this).array()

fun ByteArray.toHex(): String = joinToString("") { "%02x".format(it) }

private fun digest(kind: Byte, feed: MessageDigest.() -> Unit): Digest {
    val hash = sha256().apply {
        update(kind)
        feed()
    }
    return Digest.of(ByteBuffer.wrap(hash.digest()))
}
