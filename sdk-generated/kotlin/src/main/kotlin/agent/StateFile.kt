package agent

import java.io.IOException
import java.nio.ByteBuffer
import java.nio.channels.FileChannel
import java.nio.file.Files
import java.nio.file.NoSuchFileException
import java.nio.file.Path
import java.nio.file.StandardCopyOption.ATOMIC_MOVE
import java.nio.file.StandardOpenOption.CREATE
import java.nio.file.StandardOpenOption.READ
import java.nio.file.StandardOpenOption.TRUNCATE_EXISTING
import java.nio.file.StandardOpenOption.WRITE

/**
 * A file that is written anew, flushed to the device and renamed over the one before: whatever happens in between, the
 * old one or the new one is there, and it is whole.
 */
class StateFile(private val folder: Path) {
    val path: Path = folder.resolve("state")
    private val new: Path = folder.resolve("state.new")

    /** Null where nothing was stored yet. */
    fun read(): ByteArray? = try {
        Files.readAllBytes(path)
    } catch (_: NoSuchFileException) {
        null
    }

    /** Blocks until the bytes are on the device. After an [IOException] the old ones are there. */
    fun replace(bytes: ByteArray) {
        try {
            FileChannel.open(new, CREATE, TRUNCATE_EXISTING, WRITE).use { file ->
                val left = ByteBuffer.wrap(bytes)
                while (left.hasRemaining()) file.write(left)
                file.force(true)
            }
        } catch (e: IOException) {
            // It may hold the very space that is lacking. If it stays, the next one replaces it.
            runCatching { Files.deleteIfExists(new) }
            throw e
        }
        Files.move(new, path, ATOMIC_MOVE)
        // The name is in the folder, which is flushed by itself.
        FileChannel.open(folder, READ).use { it.force(true) }
    }
}
