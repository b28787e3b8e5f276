package agent

import com.google.protobuf.InvalidProtocolBufferException
import com.google.rpc.Code
import com.google.rpc.ErrorInfo
import com.google.rpc.RetryInfo
import com.google.rpc.Status
import dev.swarmlog.v1.Retry
import dev.swarmlog.v1.constants.Backoff
import dev.swarmlog.v1.constants.ERROR_DOMAIN
import dev.swarmlog.v1.constants.REASONS
import io.grpc.protobuf.StatusProto
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.nanoseconds
import kotlin.time.Duration.Companion.seconds

/**
 * Why something did not work, and whether to try again: the end of a call, a refusal in a frame, or an error of the
 * agent's own.
 *
 * [retryAfter] is what the coordinator asked to wait, at most a day; zero if it did not.
 */
class Failure private constructor(
    private val name: String,
    message: String,
    private val action: String,
    val isRetryable: Boolean,
    val retryAfter: Duration = Duration.ZERO,
) : Exception(message) {
    override fun toString(): String = listOf(if (name.isEmpty()) message.orEmpty() else "$name: $message", action)
        .filter(String::isNotEmpty)
        .joinToString(" ") { it.trimEnd('.') + "." }

    companion object {
        /** Worth another try. */
        fun passing(message: String, retryAfter: Duration = Duration.ZERO) =
            Failure("", message, "", isRetryable = true, retryAfter)

        /** Another try would meet it again. */
        fun lasting(message: String) = Failure("", message, "", isRetryable = false)

        /** Of a call. */
        fun ofCall(error: Throwable): Failure {
            if (error is Failure) return error
            val detailed = StatusProto.fromThrowable(error)
            return if (detailed != null && detailed.detailsCount > 0) of(detailed) else of(bare(error))
        }

        /** Of a status in a frame. */
        fun of(status: Status): Failure {
            val code = Code.forNumber(status.code)?.takeIf { it != Code.UNRECOGNIZED } ?: Code.UNKNOWN
            val info = status.detail(ErrorInfo.getDefaultInstance())
            // Of another domain it is somebody else's, and its words mean something else.
            val name = info?.takeIf { it.domain == ERROR_DOMAIN }?.reason
            // A later coordinator may have reasons that are not known here: then the code decides.
            val known = REASONS[name]
            return Failure(
                if (known != null) name.orEmpty() else code.name,
                status.message,
                known?.action.orEmpty(),
                if (known != null) known.retry == Retry.RETRY_BACKOFF else code in passingCodes,
                status.detail(RetryInfo.getDefaultInstance())?.told() ?: Duration.ZERO,
            )
        }

        private fun RetryInfo.told(): Duration = (retryDelay.seconds.seconds + retryDelay.nanos.nanoseconds)
            .coerceIn(Duration.ZERO, Backoff.LONGEST_TOLD_MS.milliseconds)

        /**
         * The last detail of a type, as far as it can be read. One of another domain does not hide the coordinator's.
         */
        private inline fun <reified T : com.google.protobuf.Message> Status.detail(type: T): T? =
            detailsList.filter { it.`is`(type.javaClass) }.mapNotNull {
                try {
                    it.unpack(type.javaClass)
                } catch (_: InvalidProtocolBufferException) {
                    null
                }
            }.lastOrNull { it !is ErrorInfo || it.domain == ERROR_DOMAIN }

        /** What is wrong with a connection stands in the causes. */
        private fun bare(error: Throwable): Status {
            val of = io.grpc.Status.fromThrowable(error)
            val causes = generateSequence(of.cause) { it.cause }.mapNotNull { it.message }
            val message = causes.fold(of.description.orEmpty()) { told, cause ->
                if (cause in told) told else "$told: $cause".removePrefix(": ")
            }
            return Status.newBuilder().setCode(of.code.value()).setMessage(message).build()
        }

        /** What gRPC itself, or a proxy, ends calls with. */
        private val passingCodes = setOf(
            Code.UNAVAILABLE,
            Code.DEADLINE_EXCEEDED,
            Code.RESOURCE_EXHAUSTED,
            Code.ABORTED,
            Code.INTERNAL,
            Code.UNKNOWN,
            Code.CANCELLED,
        )
    }
}
