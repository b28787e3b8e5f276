package agent

import com.google.protobuf.ByteString
import dev.swarmlog.v1.OperationClass
import dev.swarmlog.v1.PublishServiceGrpcKt.PublishServiceCoroutineStub
import dev.swarmlog.v1.Topic
import dev.swarmlog.v1.allAgents
import dev.swarmlog.v1.constants.Session.HANDSHAKE_TIMEOUT_MS
import dev.swarmlog.v1.payload
import dev.swarmlog.v1.publishGroup
import dev.swarmlog.v1.publishRecord
import dev.swarmlog.v1.publishRequest
import dev.swarmlog.v1.target
import io.grpc.Channel
import io.grpc.StatusException
import java.util.concurrent.TimeUnit

/**
 * Publishes the answer to the ask [askedBy], and returns when it is in the log. The idempotency key makes it be there
 * once, however often this is called: an agent that publishes now and then needs no producer, and no numbers.
 *
 * @throws Failure it is not known to be there
 */
suspend fun answer(channel: Channel, swarm: String, agent: String, askedBy: Long) {
    val request = publishRequest {
        this.swarm = swarm
        publisher = agent
        group = publishGroup {
            idempotencyKey = "$agent/$askedBy"
            records += publishRecord {
                topic = Topic.TOPIC_RECONCILIATION
                target = target { all = allAgents {} }
                operationClass = OperationClass.OPERATION_CLASS_KEYED
                key = "answer/$agent/$askedBy"
                payload = payload {
                    type = "polyglot.Answer"
                    contentType = "text/plain; charset=utf-8"
                    data = ByteString.copyFromUtf8("kotlin")
                }
            }
        }
    }
    try {
        PublishServiceCoroutineStub(channel)
            .withDeadlineAfter(HANDSHAKE_TIMEOUT_MS.toLong(), TimeUnit.MILLISECONDS)
            .publish(request)
    } catch (e: StatusException) {
        throw Failure.ofCall(e)
    }
}
