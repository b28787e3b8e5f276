package agent

import org.assertj.core.api.Assertions.assertThat
import org.assertj.core.api.Assertions.assertThatThrownBy
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.IOException
import java.nio.file.Files
import java.nio.file.Path
import kotlin.experimental.xor

class StateFileTest {
    @TempDir
    lateinit var folder: Path

    @Test
    fun `what was stored last is read`() {
        val file = StateFile(folder)
        assertThat(file.read()).isNull()
        file.replace("one".toByteArray())
        file.replace("two".toByteArray())
        assertThat(file.read()).asString().isEqualTo("two")
        assertThat(folder).describedAs("nothing is left beside it").isDirectoryNotContaining("glob:**.new")
    }

    @Test
    fun `what cannot be written leaves what was there`() {
        val file = StateFile(folder)
        file.replace("one".toByteArray())
        // A folder is where the new file should go.
        Files.createDirectory(folder.resolve("state.new"))
        assertThatThrownBy { file.replace("two".toByteArray()) }.isInstanceOf(IOException::class.java)
        assertThat(file.read()).asString().isEqualTo("one")
    }

    @Test
    fun `a file that is damaged, cut off or of another agent is not taken`() {
        val whole = applied(at(2), event(1, "", "one"), keyed(2, "a", "x")).encode("fleet", NAME)
        assertThat(Replica.decode(whole, "fleet", NAME).encode("fleet", NAME)).isEqualTo(whole)
        for (length in whole.indices) refused(whole.copyOf(length), NAME)
        for (i in whole.indices) refused(whole.copyOf().also { it[i] = it[i] xor 1 }, NAME)
        refused(whole, "another")
    }

    private fun refused(bytes: ByteArray, agent: String) {
        assertThatThrownBy { Replica.decode(bytes, "fleet", agent) }.isInstanceOf(IOException::class.java)
    }
}
