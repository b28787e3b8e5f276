package agent

import com.google.protobuf.ByteString
import dev.swarmlog.v1.LogResume
import dev.swarmlog.v1.Operation
import dev.swarmlog.v1.Position
import dev.swarmlog.v1.ResumeTriple
import dev.swarmlog.v1.Scope
import dev.swarmlog.v1.SnapshotResume
import dev.swarmlog.v1.Topic
import dev.swarmlog.v1.copy
import dev.swarmlog.v1.logResume
import dev.swarmlog.v1.snapshotResume
import java.io.ByteArrayInputStream
import java.io.ByteArrayOutputStream
import java.io.DataInputStream
import java.io.DataOutputStream
import java.io.IOException
import java.security.MessageDigest

/** What was under way: a delta, or a snapshot. */
sealed interface Interrupted {
    data class Delta(val triple: ResumeTriple) : Interrupted

    data class Snapshot(val resume: SnapshotResume) : Interrupted
}

/**
 * All that the agent stores, in one piece so that it is stored together or not at all: where it stands, what it holds,
 * and what its work made of it.
 */
class Replica(
    /** Null before anything was applied. */
    var position: Position? = null,
    var interrupted: Interrupted? = null,
    val ledger: Ledger = Ledger(),
    val work: Work = Work(),
) {
    /** Applies an operation. One that is refused counts as received all the same, so the sums have it. */
    fun apply(operation: Operation, agent: String): Duty? {
        ledger.operation(operation)
        return work.apply(operation, agent, ledger[table])
    }

    /** What Hello says: sums only where nothing is interrupted. */
    fun presented(): LogResume? = resume()?.let { stored ->
        val isInterrupted = stored.interruptedCase != LogResume.InterruptedCase.INTERRUPTED_NOT_SET
        stored.copy {
            sums.clear()
            if (!isInterrupted) sums += stored.sumsList.filterNot { it.eventHash.isEmpty }
        }
    }

    /** The bytes of a file. */
    fun encode(swarm: String, agent: String): ByteArray {
        val bytes = ByteArrayOutputStream()
        with(DataOutputStream(bytes)) {
            writeUTF(swarm)
            writeUTF(agent)
            (resume() ?: LogResume.getDefaultInstance()).writeDelimitedTo(this)
            writeLong(work.events)
            write(work.chain)
            writeInt(ledger.scopes.sumOf { it.keys.size })
            for (scope in ledger.scopes) {
                for ((key, held) in scope.keys) {
                    scope.name.toMessage().writeDelimitedTo(this)
                    writeBytes(ByteString.copyFromUtf8(key))
                    writeBytes(held.value.toByteString())
                    writeBytes(held.data)
                }
            }
        }
        val body = bytes.toByteArray()
        return body + sha256().digest(body)
    }

    private fun resume(): LogResume? = position?.let { stands ->
        logResume {
            position = stands
            sums += ledger.sums()
            scopes += ledger.held
            when (val under = interrupted) {
                is Interrupted.Delta -> triple = under.triple
                is Interrupted.Snapshot -> snapshot = under.resume
                // No scopes would mean that the agent does not say which it holds. One that holds none is at the
                // beginning of a snapshot.
                null -> if (scopes.isEmpty()) snapshot = snapshotResume { position = stands }
            }
        }
    }

    companion object {
        private val table = ScopeName.forAll(Topic.TOPIC_RECONCILIATION)
        private const val CHECK_BYTES = 32

        /**
         * From the bytes of a file.
         *
         * @throws IOException they are not what this agent stored
         */
        fun decode(bytes: ByteArray, swarm: String, agent: String): Replica {
            val length = bytes.size - CHECK_BYTES
            val isWhole = length > 0 &&
                MessageDigest.isEqual(sha256().digest(bytes.copyOf(length)), bytes.copyOfRange(length, bytes.size))
            if (!isWhole) throw IOException("Expected what this agent stored, but got a damaged file, or another")
            return DataInputStream(ByteArrayInputStream(bytes, 0, length)).read(swarm, agent)
        }

        private fun DataInputStream.read(swarm: String, agent: String): Replica {
            val of = readUTF()
            val whose = readUTF()
            if (of != swarm || whose != agent) {
                throw IOException("Expected the state of agent $agent in swarm $swarm, but it is of $whose in $of")
            }
            val resume = LogResume.parseDelimitedFrom(this)
            val work = Work(readLong(), readNBytes(Work.CHAIN_BYTES))
            val keys = List(readInt()) {
                val scope = ScopeName.of(Scope.parseDelimitedFrom(this)) ?: throw IOException("Expected a scope")
                val key = readBytes().toStringUtf8()
                val value = Digest.of(readBytes()) ?: throw IOException("Expected 16 bytes of a digest")
                StoredKey(scope, key, Held(value, readBytes()))
            }
            val interrupted = when (resume.interruptedCase) {
                LogResume.InterruptedCase.TRIPLE -> Interrupted.Delta(resume.triple)
                LogResume.InterruptedCase.SNAPSHOT -> Interrupted.Snapshot(resume.snapshot)
                else -> null
            }
            val position = if (resume.hasPosition()) resume.position else null
            return Replica(position, interrupted, Ledger.stored(resume, keys), work)
        }

        private fun DataOutputStream.writeBytes(bytes: ByteString) {
            writeInt(bytes.size())
            bytes.writeTo(this)
        }

        private fun DataInputStream.readBytes(): ByteString = ByteString.copyFrom(readNBytes(readInt()))
    }
}
