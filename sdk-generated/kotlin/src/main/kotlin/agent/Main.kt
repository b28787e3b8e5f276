/**
 * An agent on the generated stubs, without an SDK: what docs/protocol.md asks of one, with coroutines.
 *
 * It does the work that docs/polyglot.md describes. [Work] has that work; to write an agent of your own, begin there.
 *
 * - [Digest], [ScopeName], [HeldScope], [Ledger]: what is held, and the sums that receipts are checked by
 * - [Work]: what operations do
 * - [Replica], [StateFile]: all of it in one file, replaced as a whole
 * - [Sync], [Lane]: what the frames of a log lead to, without input or output
 * - [LaneStream], [Session], [Agent]: the streams, a session of them, and session after session
 * - [Failure], [Backoff], [Heartbeats], [SumsSchedule]: when to try again, and what to say meanwhile
 */
package agent

import com.google.gson.JsonObject
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.runBlocking
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.CompletableFuture
import kotlin.system.exitProcess

private const val FAILED = 1
private const val WRONG_ARGUMENTS = 64
private const val MAX_NAME_BYTES = 128

/** Takes `HOST:PORT SWARM NAME FOLDER`. */
fun main(arguments: Array<String>) {
    val agent = try {
        parse(arguments)
    } catch (e: IllegalArgumentException) {
        System.err.println(e.message)
        exitProcess(WRONG_ARGUMENTS)
    }
    val started = JsonObject().apply {
        addProperty("agent", agent.name)
        addProperty("language", "kotlin")
        addProperty("version", VERSION)
        addProperty("publishes", true)
    }
    println(started)
    System.out.flush()
    // One step at a time, whatever thread it is on.
    val running = CoroutineScope(Dispatchers.Default.limitedParallelism(1)).async { agent.run() }
    val exitCode = CompletableFuture<Int>()
    // The JVM ends with 143 at SIGTERM, unless a hook says otherwise.
    val stop = Thread {
        running.cancel()
        Runtime.getRuntime().halt(exitCode.get())
    }
    Runtime.getRuntime().addShutdownHook(stop)
    val code = try {
        runBlocking { running.await() }
    } catch (_: CancellationException) {
        0
    } catch (why: Failure) {
        System.err.println("Agent ${agent.name} ended: $why")
        FAILED
    }
    exitCode.complete(code)
    exitProcess(code)
}

private fun parse(arguments: Array<String>): Agent {
    require(arguments.size == 4) { "Expected HOST:PORT SWARM NAME FOLDER." }
    val (coordinator, swarm, name, folder) = arguments
    val host = coordinator.substringBeforeLast(':', "")
    val port = coordinator.substringAfterLast(':').toIntOrNull()
    require(host.isNotEmpty() && port in 1..65_535) { "Expected HOST:PORT of a coordinator, but got $coordinator." }
    for (each in listOf(swarm, name)) {
        val isName = each.toByteArray().size in 1..MAX_NAME_BYTES && each.none(Char::isISOControl)
        require(isName) { "Expected a name of 1 to 128 bytes without control characters, but got '$each'." }
    }
    val path = Path.of(folder)
    require(Files.isDirectory(path)) { "Expected a folder that exists, but got $folder." }
    return Agent(coordinator, swarm, name, path)
}
