import dev.swarmlog.v1.AdministrationServiceGrpcKt.AdministrationServiceCoroutineStub
import dev.swarmlog.v1.constants.Session
import dev.swarmlog.v1.listSwarmsRequest
import io.grpc.Grpc
import io.grpc.InsecureChannelCredentials
import kotlinx.coroutines.runBlocking
import java.util.concurrent.TimeUnit

/**
 * Prints the names of the swarms of a coordinator: the least that shows that the generated client works. Takes the
 * coordinator's address, such as localhost:7400.
 */
fun main(arguments: Array<String>) {
    val target = requireNotNull(arguments.singleOrNull()) { "Expected HOST:PORT of a coordinator." }
    val channel = Grpc.newChannelBuilder(target, InsecureChannelCredentials.create()).build()
    try {
        val stub = AdministrationServiceCoroutineStub(channel)
            .withDeadlineAfter(Session.HANDSHAKE_TIMEOUT_MS.toLong(), TimeUnit.MILLISECONDS)
        runBlocking { stub.listSwarms(listSwarmsRequest {}) }.swarmsList.forEach { println(it.name) }
    } finally {
        channel.shutdownNow()
    }
}
