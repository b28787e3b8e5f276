package dev.swarmlog.storage.rocksdb;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.rocksdb.util.Environment;

/**
 * RocksDB's native library, which is unpacked at every start unless it lies on the library path.
 */
public final class NativeLibrary {

  private NativeLibrary() {}

  /**
   * Unpacks the library of this platform into a folder, for {@code -Djava.library.path}. Does
   * nothing where there is none of that name: RocksDB then finds its way by itself.
   */
  public static void unpackInto(Path folder) throws IOException {
    String name = Environment.getJniLibraryFileName("rocksdb");
    try (InputStream packed = Environment.class.getClassLoader().getResourceAsStream(name)) {
      if (packed == null) {
        return;
      }
      try (OutputStream unpacked = Files.newOutputStream(folder.resolve(name))) {
        packed.transferTo(unpacked);
      }
    }
  }
}
