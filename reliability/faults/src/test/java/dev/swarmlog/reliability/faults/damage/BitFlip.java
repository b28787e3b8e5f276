package dev.swarmlog.reliability.faults.damage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.Stream;

/** One bit of a file of a shard, lost while no coordinator runs. */
final class BitFlip {

  private BitFlip() {}

  /**
   * Flips a bit of the third quarter of the largest file.
   *
   * @param name of the files of a shard's database that come into question, as a regular expression
   */
  static void inLargest(Path data, String name, Random random) throws IOException {
    Path largest;
    try (Stream<Path> files = Files.walk(data)) {
      largest =
          files
              .filter(file -> file.toString().matches(".*shard-\\d+/rocksdb/" + name))
              .max(Comparator.comparingLong(file -> file.toFile().length()))
              .orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(largest);
    int at = bytes.length / 2 + random.nextInt(bytes.length / 4);
    bytes[at] ^= (byte) (1 << random.nextInt(8));
    Files.write(largest, bytes);
    System.out.println("Flipped a bit of byte " + at + " of " + bytes.length + " in " + largest);
  }
}
