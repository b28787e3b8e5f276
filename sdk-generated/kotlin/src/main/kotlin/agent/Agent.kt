package agent

import dev.swarmlog.v1.constants.Session.MAX_MESSAGE_BYTES
import io.grpc.Grpc
import io.grpc.InsecureChannelCredentials
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.delay
import kotlinx.coroutines.withContext
import java.io.IOException
import java.nio.file.Path
import kotlin.random.Random
import kotlin.time.TimeMark

const val VERSION = "0.1.0"

/**
 * One run of an agent: session after session, until it is cancelled, or nothing but a person can help. What it holds
 * besides is what outlives sessions. For one thread, or a dispatcher that is like one.
 */
class Agent(private val coordinator: String, val swarm: String, val name: String, folder: Path) {
    /** Unique per run, so that two of them are told apart. */
    val instance: String = Random.nextLong().toULong().toString(16)
    val file = StateFile(folder)
    val heartbeats = Heartbeats()
    val backoff = Backoff()

    /** Since the agent was started; heartbeats carry them. */
    var ignoredDuplicates = 0L
    var outOfOrder = 0L

    /** Since when a step is under way; null if none is. */
    var stepSince: TimeMark? = null

    /** The keyed state differed from the last receipt. */
    var differed = false

    /** @throws Failure another try would meet it again */
    suspend fun run(): Nothing {
        while (true) {
            val channel = Grpc.newChannelBuilder(coordinator, InsecureChannelCredentials.create())
                .maxInboundMessageSize(MAX_MESSAGE_BYTES)
                .build()
            val session = Session(this, channel)
            val why = try {
                session.run()
                error("Expected a session to end by a failure, but it just ended")
            } catch (why: Failure) {
                why
            } finally {
                channel.shutdownNow()
            }
            if (!why.isRetryable) throw why
            val wait = backoff.next(why.retryAfter, session.isLost)
            System.err.println("$why Trying again in ${wait.inWholeMilliseconds} ms.")
            delay(wait)
        }
    }

    /**
     * What is on the disk. Each session begins with that, so nothing that was read and not stored survives one.
     *
     * @throws Failure it cannot be read, or is of another agent
     */
    suspend fun stored(): Replica {
        val bytes = try {
            withContext(Dispatchers.IO) { file.read() } ?: return Replica()
        } catch (e: IOException) {
            throw Failure.passing("Expected to read ${file.path}, but: ${e.message}")
        }
        return try {
            Replica.decode(bytes, swarm, name)
        } catch (e: IOException) {
            throw Failure.lasting("${file.path}: ${e.message}. Restore it, or delete it to begin anew")
        }
    }
}
