package agent

import com.google.gson.JsonObject
import com.google.protobuf.ByteString
import com.google.rpc.Code
import com.google.rpc.Status
import dev.swarmlog.v1.Operation
import dev.swarmlog.v1.OperationClass
import dev.swarmlog.v1.Topic

/**
 * What this agent does with operations: the part that an agent of your own replaces.
 *
 * It chains [events] of `commands` that are for all agents, reports what it holds when it is told to, and answers when
 * it is asked (docs/polyglot.md). Keyed state of `reconciliation` it keeps as the ledger has it. Stored with the
 * position.
 */
class Work(events: Long = 0, chain: ByteArray = ByteArray(CHAIN_BYTES)) {
    var events: Long = events
        private set
    var chain: ByteArray = chain
        private set

    /**
     * Applies one operation; [table] is the keyed state of `reconciliation` for all by now. Answers what is to be done
     * about it besides storing its effect, if anything.
     *
     * @throws CannotApply it has no effect then
     */
    fun apply(operation: Operation, agent: String, table: HeldScope?): Duty? {
        val isEvent = operation.operationClass == OperationClass.OPERATION_CLASS_EVENT
        if (!isEvent || ScopeName.of(operation) != commands) return null
        val data = operation.payload.data
        val text = if (operation.payload.type == REPORT) printable(data) else ""
        chain = sha256().run {
            update(chain)
            update(operation.opId.toBytes())
            digest(data.toByteArray())
        }
        events++
        return when (operation.payload.type) {
            REPORT -> Duty.Report(report(text, operation.opId, table))
            ASK -> if (data == ByteString.copyFromUtf8(agent)) Duty.Answer(operation.opId) else null
            else -> null
        }
    }

    private fun report(text: String, opId: Long, table: HeldScope?) = JsonObject().apply {
        addProperty("report", text)
        addProperty("opId", opId)
        addProperty("events", events)
        addProperty("chain", chain.toHex())
        addProperty("keys", table?.keys?.size ?: 0)
        addProperty("table", tableHash(table).toHex())
    }

    private fun tableHash(table: HeldScope?): ByteArray = sha256().run {
        table?.keys?.forEach { (key, held) ->
            withLength(ByteString.copyFromUtf8(key))
            withLength(held.data)
        }
        digest()
    }

    private fun printable(data: ByteString): String {
        if (data.any { it !in ' '.code..'~'.code }) {
            val why = "Expected a $REPORT of printable ASCII, but got other bytes"
            throw CannotApply(Status.newBuilder().setCode(Code.INVALID_ARGUMENT_VALUE).setMessage(why).build())
        }
        return data.toStringUtf8()
    }

    companion object {
        const val CHAIN_BYTES = 32
        private const val REPORT = "polyglot.Report"
        private const val ASK = "polyglot.Ask"
        private val commands = ScopeName.forAll(Topic.TOPIC_COMMANDS)
    }
}

/** What is to be done about an event besides storing its effect. */
sealed interface Duty {
    /** To print when it is on the disk. */
    data class Report(val line: JsonObject) : Duty

    /** To publish before it is on the disk. */
    data class Answer(val askedBy: Long) : Duty
}

/** An operation cannot be applied, now or when it comes again. */
class CannotApply(val status: Status) : Exception(status.message)
