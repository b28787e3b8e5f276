package agent

import com.google.protobuf.ByteString
import dev.swarmlog.v1.Operation
import dev.swarmlog.v1.Scope
import dev.swarmlog.v1.Target
import dev.swarmlog.v1.Target.TargetCase
import dev.swarmlog.v1.Topic
import dev.swarmlog.v1.allAgents
import dev.swarmlog.v1.scope
import dev.swarmlog.v1.target

/** One topic and one target. [kind] is 1 for all agents, of which the [name] is empty, 2 for an agent, 3 for a role. */
data class ScopeName(val topic: Int, val kind: Int, val name: String) {
    /** As it goes into digests. */
    val encoded: ByteArray by lazy {
        val text = ByteString.copyFromUtf8(name).toByteArray()
        byteArrayOf(topic.toByte(), kind.toByte()) + text.size.toBytes() + text
    }

    fun toMessage(): Scope = scope {
        topicValue = this@ScopeName.topic
        target = target {
            when (kind) {
                AGENT -> agent = name
                ROLE -> role = name
                else -> all = allAgents {}
            }
        }
    }

    override fun toString(): String {
        val of = Topic.forNumber(topic)?.name?.removePrefix("TOPIC_")?.lowercase() ?: "topic $topic"
        return when (kind) {
            AGENT -> "$of for agent $name"
            ROLE -> "$of for role $name"
            else -> "$of for all"
        }
    }

    companion object {
        private const val ALL = 1
        private const val AGENT = 2
        private const val ROLE = 3

        /** What is for every agent on a topic. */
        fun forAll(topic: Topic) = ScopeName(topic.number, ALL, "")

        fun of(operation: Operation): ScopeName? = of(operation.topicValue, operation.target)

        fun of(scope: Scope): ScopeName? = of(scope.topicValue, scope.target)

        /** Null where the target is of a kind that only a later version knows. */
        private fun of(topic: Int, target: Target): ScopeName? = when (target.targetCase) {
            TargetCase.ALL -> ScopeName(topic, ALL, "")
            TargetCase.AGENT -> ScopeName(topic, AGENT, target.agent)
            TargetCase.ROLE -> ScopeName(topic, ROLE, target.role)
            else -> null
        }
    }
}

/**
 * By the bytes of UTF-8, which is the order of keys in the contract. Strings of the JVM compare by UTF-16, where what
 * needs two units comes before the last of those that need one.
 */
val utf8Order: Comparator<String> = Comparator { a, b ->
    val at = (0 until minOf(a.length, b.length)).firstOrNull { a[it] != b[it] }
    when {
        at == null -> a.length.compareTo(b.length)
        a[at].isSurrogate() == b[at].isSurrogate() -> a[at].compareTo(b[at])
        else -> if (a[at].isSurrogate()) 1 else -1
    }
}
