package dev.swarmlog.reliability.faults.power;

import dev.swarmlog.reliability.faults.power.DiskModel.Entry;
import dev.swarmlog.reliability.faults.power.DiskModel.NameChange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a disk makes of all that was not flushed when the power goes, and the folder that is found
 * afterwards.
 *
 * <p>What was flushed is always there ({@link DiskModel} says what that is). Of the rest, after
 * "All File Systems Are Not Created Equal" (Pillai et al., OSDI '14), which looks at what file
 * systems may reorder, and CrashMonkey (Mohan et al., OSDI '18), which builds such states from a
 * record of writes:
 *
 * <ul>
 *   <li>Bytes reach the device in any order, by pages or by sectors of 512 bytes; a sector is
 *       written whole or not at all. A file may have grown already while some of its pages have not
 *       been written: these read as zeros (delayed allocation in ext4 and XFS; both order data
 *       before size, so that no stale blocks are seen). {@link Tail#GARBAGE} has other bytes there
 *       instead, as ext4 with {@code data=writeback} may.
 *   <li>Names: a journal keeps changes in order, and a flush of anything takes what went before
 *       with it (ext4, XFS: {@link Names#JOURNALED}, some beginning of what is left). POSIX
 *       promises neither: {@link Names#ANY} keeps any of those whose folder was not flushed, as a
 *       file system may that flushes the name of a file with its bytes (btrfs). But no removal
 *       overtakes what was made before it: we know of no file system where it does.
 * </ul>
 *
 * @param names what becomes of them
 * @param random decides; each loss its own
 */
record PowerLoss(Tail tail, Names names, Random random) {
  private static final int SECTOR_BYTES = 512;
  private static final int PAGE_BYTES = 4096;

  /** What becomes of bytes that were not flushed. */
  enum Tail {
    /** None is there. */
    DROPPED,
    /** All are there. */
    KEPT,
    /** Those of the first changes are there, the next one is cut at a sector. */
    CUT,
    /** Any of the sectors are there; zeros in place of others, if the file has grown. */
    SECTORS,
    /** The same with pages of the page cache. */
    PAGES,
    /** As SECTORS, with garbage in place of zeros. */
    GARBAGE
  }

  /** What becomes of names whose folder was not flushed. */
  enum Names {
    /** A beginning of them is there, at least through the last flush. */
    JOURNALED,
    /** Any of them are there. */
    ANY,
    /** All are there: no loss of power, but what the killed process left. */
    KEPT
  }

  /** A loss of power that real file systems may leave, by chance. */
  static PowerLoss any(Random random) {
    Tail[] tails = {Tail.DROPPED, Tail.KEPT, Tail.CUT, Tail.CUT, Tail.SECTORS, Tail.PAGES};
    return new PowerLoss(
        tails[random.nextInt(tails.length)],
        random.nextBoolean() ? Names.JOURNALED : Names.ANY,
        random);
  }

  /** What there would be had everything reached the device. */
  static PowerLoss none() {
    return new PowerLoss(Tail.KEPT, Names.KEPT, new Random(0));
  }

  /** Writes what is found to a folder, which must be empty or missing. */
  void build(DiskModel disk, Path into) throws IOException {
    Map<DiskFolder, Map<String, DiskNode>> entries = new IdentityHashMap<>();
    int kept = disk.nameChanges().isEmpty() ? 0 : random.nextInt(disk.nameChanges().size() + 1);
    int index = 0;
    boolean allMadeSoFar = true;
    for (NameChange change : disk.nameChanges()) {
      boolean there =
          switch (names) {
            case JOURNALED -> change.sequence < disk.journaledSequence() || index < kept;
            case ANY ->
                change.folderFlushed
                    || (random.nextBoolean() && (allMadeSoFar || !change.removes()));
            case KEPT -> true;
          };
      index++;
      allMadeSoFar &= there;
      if (there) {
        change.entries.forEach(entry -> put(entry, entries));
      }
    }
    Files.createDirectories(into);
    write(disk.rootFolder(), into, entries, new HashMap<>());
  }

  private static void put(Entry entry, Map<DiskFolder, Map<String, DiskNode>> entries) {
    Map<String, DiskNode> of = entries(entry.folder(), entries);
    if (entry.node() == null) {
      of.remove(entry.name());
    } else {
      of.put(entry.name(), entry.node());
    }
  }

  private static Map<String, DiskNode> entries(
      DiskFolder folder, Map<DiskFolder, Map<String, DiskNode>> entries) {
    return entries.computeIfAbsent(folder, unseen -> new TreeMap<>(unseen.flushed));
  }

  private void write(
      DiskFolder folder,
      Path into,
      Map<DiskFolder, Map<String, DiskNode>> entries,
      Map<DiskFile, Path> written)
      throws IOException {
    for (Map.Entry<String, DiskNode> entry : entries(folder, entries).entrySet()) {
      Path path = into.resolve(entry.getKey());
      if (entry.getValue() instanceof DiskFolder below) {
        Files.createDirectories(path);
        write(below, path, entries, written);
      } else if (entry.getValue() instanceof DiskFile file) {
        @Nullable Path same = written.putIfAbsent(file, path);
        if (same != null) {
          Files.createLink(path, same);
        } else {
          Files.write(path, found(file));
        }
      }
    }
  }

  /** What a file holds afterwards. */
  private byte[] found(DiskFile file) {
    DiskFile found = file.durable();
    List<DiskFile.Change> pending = file.pending();
    switch (tail) {
      case DROPPED -> {}
      case KEPT -> pending.forEach(found::apply);
      case CUT -> cut(found, pending);
      case SECTORS -> pieces(found, pending, SECTOR_BYTES, /* garbage= */ false);
      case PAGES -> pieces(found, pending, PAGE_BYTES, /* garbage= */ false);
      case GARBAGE -> pieces(found, pending, SECTOR_BYTES, /* garbage= */ true);
    }
    return found.bytes();
  }

  private void cut(DiskFile found, List<DiskFile.Change> pending) {
    int whole = random.nextInt(pending.size() + 1);
    for (int i = 0; i < whole; i++) {
      found.apply(pending.get(i));
    }
    if (whole < pending.size() && pending.get(whole) instanceof DiskFile.Change.Written next) {
      int end = next.offset() + random.nextInt(next.bytes().remaining() + 1);
      // Up to a sector's end, but not behind the last byte.
      int kept =
          Math.min(end / SECTOR_BYTES * SECTOR_BYTES, next.offset() + next.bytes().remaining());
      if (kept > next.offset()) {
        found.write(next.offset(), next.bytes().slice(0, kept - next.offset()));
      }
    }
  }

  private void pieces(
      DiskFile found, List<DiskFile.Change> pending, int pieceBytes, boolean garbage) {
    int oneIn = 2 + random.nextInt(8);
    boolean mostlyThere = random.nextBoolean();
    for (DiskFile.Change change : pending) {
      if (change instanceof DiskFile.Change.Written written) {
        pieces(found, written, pieceBytes, garbage, oneIn, mostlyThere);
      } else if (random.nextBoolean()) {
        found.apply(change);
      }
    }
  }

  private void pieces(
      DiskFile found,
      DiskFile.Change.Written written,
      int pieceBytes,
      boolean garbage,
      int oneIn,
      boolean mostlyThere) {
    int begin = written.offset();
    int end = begin + written.bytes().remaining();
    for (int at = begin; at < end; ) {
      int next = Math.min(end, (at / pieceBytes + 1) * pieceBytes);
      boolean rare = random.nextInt(oneIn) == 0;
      if (rare != mostlyThere) {
        found.write(at, written.bytes().slice(at - begin, next - at));
      } else if (garbage && next > found.size()) {
        byte[] other = new byte[next - at];
        random.nextBytes(other);
        found.write(at, ByteBuffer.wrap(other));
      } else if (!garbage && next > found.size() && random.nextInt(4) == 0) {
        // The file has grown, the bytes are not there yet.
        found.resize(next);
      }
      at = next;
    }
  }

  @Override
  public String toString() {
    return tail + " bytes, " + names + " names";
  }
}
