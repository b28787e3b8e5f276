package dev.swarmlog.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.rocksdb.util.Environment;

/**
 * Prepares a faster start, once per installation: {@code bin/swarmlog} runs it under a Java runtime
 * that writes the classes it loads into an archive at its end. It unpacks the native library of
 * RocksDB, which would otherwise be unpacked at every start, and goes through what the commands
 * use.
 */
public final class Preparation {

  private Preparation() {}

  /**
   * @param args the folder to unpack into
   */
  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[0]);
    unpackNativeLibrary(folder);
    PrintWriter nowhere = new PrintWriter(new StringWriter());
    for (String command : new String[] {"--help", "version", "version --json"}) {
      Main.run(nowhere, nowhere, command.split(" "));
    }
  }

  private static void unpackNativeLibrary(Path folder) throws IOException {
    String name = Environment.getJniLibraryFileName("rocksdb");
    try (InputStream packed = Environment.class.getClassLoader().getResourceAsStream(name)) {
      if (packed == null) {
        // Another C library, or another processor: RocksDB finds its way by itself.
        return;
      }
      try (OutputStream unpacked = Files.newOutputStream(folder.resolve(name))) {
        packed.transferTo(unpacked);
      }
    }
  }
}
