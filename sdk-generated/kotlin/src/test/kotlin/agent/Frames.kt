package agent

import com.google.protobuf.ByteString
import dev.swarmlog.v1.Capability
import dev.swarmlog.v1.DataResponse
import dev.swarmlog.v1.Log
import dev.swarmlog.v1.LogPlan
import dev.swarmlog.v1.Operation
import dev.swarmlog.v1.OperationClass
import dev.swarmlog.v1.Plan
import dev.swarmlog.v1.Position
import dev.swarmlog.v1.Topic
import dev.swarmlog.v1.allAgents
import dev.swarmlog.v1.caughtUp
import dev.swarmlog.v1.copy
import dev.swarmlog.v1.dataResponse
import dev.swarmlog.v1.delivery
import dev.swarmlog.v1.fellBehind
import dev.swarmlog.v1.limits
import dev.swarmlog.v1.logPlan
import dev.swarmlog.v1.operation
import dev.swarmlog.v1.payload
import dev.swarmlog.v1.position
import dev.swarmlog.v1.repair
import dev.swarmlog.v1.snapshotPage
import dev.swarmlog.v1.syncReceipt
import dev.swarmlog.v1.target
import dev.swarmlog.v1.welcome

const val NAME = "a1"
val commands = ScopeName.forAll(Topic.TOPIC_COMMANDS)
val reconciliation = ScopeName.forAll(Topic.TOPIC_RECONCILIATION)

fun at(op: Long, of: Long = 7): Position = position {
    incarnation = 5
    epoch = of
    log = Log.LOG_MAIN
    opId = op
    runningHash = ByteString.copyFrom(ByteArray(16) { 9 })
}

fun plan(kind: Plan, from: Position, to: Position): LogPlan = logPlan {
    log = Log.LOG_MAIN
    plan = kind
    baseOpId = from.opId
    start = from
    head = to
    target = to
    exact = true
    scopes += listOf(commands, reconciliation).map(ScopeName::toMessage)
    if (kind == Plan.PLAN_SNAPSHOT) snapshotScopes += listOf(commands, reconciliation).map(ScopeName::toMessage)
}

fun lane(replica: Replica, plan: LogPlan) = Lane(
    NAME,
    replica,
    plan,
    welcome {
        capabilities = (Capability.CAPABILITY_SYNC_VALUE or Capability.CAPABILITY_DRIFT_VALUE).toLong()
        limits = limits { driftCheckIntervalMs = 10_000 }
    },
)

fun event(id: Long, kind: String, text: String, of: Topic = Topic.TOPIC_COMMANDS): Operation = operation {
    opId = id
    topic = of
    target = target { all = allAgents {} }
    operationClass = OperationClass.OPERATION_CLASS_EVENT
    payload = payload {
        type = kind
        data = ByteString.copyFromUtf8(text)
    }
}

fun keyed(id: Long, of: String, text: String): Operation = event(id, "", text, Topic.TOPIC_RECONCILIATION).copy {
    operationClass = OperationClass.OPERATION_CLASS_KEYED
    key = of
}

fun deleted(id: Long, of: String): Operation = keyed(id, of, "").copy {
    tombstone = true
    clearPayload()
}

fun delivery(from: Long, until: Position, vararg all: Operation): DataResponse = dataResponse {
    delivery = delivery {
        fromOpId = from
        to = until
        operations += all.toList()
    }
}

/** The keyed state of a scope, from behind a key to another. */
fun page(of: ScopeName, at: Position, after: String, through: String, vararg all: Operation) = dataResponse {
    snapshot = snapshotPage {
        position = at
        scope = of.toMessage()
        afterKey = after
        throughKey = through
        operations += all.toList()
    }
}

fun repairing(page: DataResponse): DataResponse = dataResponse {
    repair = repair {
        pages += page.snapshot
        repairId = 1
    }
}

fun fellBehind(from: Long, to: Long): DataResponse = dataResponse {
    fellBehind = fellBehind {
        position = at(from)
        head = at(to)
    }
}

/** The end of a sync, as a coordinator states it that holds just what another replica holds. */
fun end(of: Replica, sent: Long, paged: Long): Array<DataResponse> {
    val reached = checkNotNull(of.position)
    return arrayOf(
        dataResponse {
            receipt = syncReceipt {
                target = reached
                sums += of.ledger.sums()
                sentCount = sent
                snapshotCount = paged
            }
        },
        dataResponse { caughtUp = caughtUp { position = reached } },
    )
}

/** Gives the lane frames that it takes; answers what the last one led to. */
fun Lane.give(vararg frames: DataResponse): Step = frames.map(::frame).last()

/** What an agent holds that applied these operations, one after the other, to nothing. */
fun applied(to: Position, vararg operations: Operation): Replica {
    val lane = lane(Replica(), plan(Plan.PLAN_DELTA, to.copy { opId = 0 }, to))
    lane.give(delivery(0, to, *operations))
    lane.give(*end(lane.replica, 0, 0))
    return lane.replica
}
