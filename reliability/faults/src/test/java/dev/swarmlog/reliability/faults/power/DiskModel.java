package dev.swarmlog.reliability.faults.power;

import dev.swarmlog.reliability.faults.power.DiskEvent.Kind;
import dev.swarmlog.reliability.faults.power.DiskEvent.State;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A disk below one folder, as a process changes it: what is durable, and what is not yet. Belongs
 * to one thread.
 *
 * <p>What is durable, by POSIX: the bytes and the size of a file that were written before an {@code
 * fsync} or {@code fdatasync} of it began that has returned 0; the names that were made, changed or
 * removed in a folder before an {@code fsync} of the folder began that has returned 0. Nothing
 * else: {@code sync_file_range}, {@code close} and time make nothing durable. What journaling file
 * systems add is noted apart, see {@link PowerLoss}.
 */
final class DiskModel {
  /** A change of a name that is not known to be durable in every file system. */
  static final class NameChange {
    final long sequence;
    final List<Entry> entries;
    boolean folderFlushed;

    NameChange(long sequence, List<Entry> entries) {
      this.sequence = sequence;
      this.entries = entries;
    }

    /** Whether it does nothing but remove a name. */
    boolean removes() {
      return entries.stream().allMatch(entry -> entry.node() == null);
    }
  }

  /** What a name leads to from then on; null for nothing. */
  record Entry(DiskFolder folder, String name, @Nullable DiskNode node) {}

  private record Flush(DiskNode node, long sequence) {}

  private final Path root;
  private final DiskFolder rootFolder = new DiskFolder();
  private final List<NameChange> nameChanges = new ArrayList<>();
  private final Map<Integer, DiskNode> open = new HashMap<>();
  private final Map<Long, Flush> flushes = new HashMap<>();
  private long sequence;
  private long journaledSequence;

  private DiskModel(Path root) {
    this.root = root;
  }

  /** What lies below a folder now, all of it durable, as after a start. */
  static DiskModel of(Path root) throws IOException {
    DiskModel model = new DiskModel(root);
    model.load(root, model.rootFolder, new HashMap<>());
    return model;
  }

  private void load(Path from, DiskFolder to, Map<Object, DiskFile> byKey) throws IOException {
    try (Stream<Path> entries = Files.list(from)) {
      for (Path entry : entries.sorted().toList()) {
        String name = entry.getFileName().toString();
        if (Files.isDirectory(entry)) {
          DiskFolder folder = new DiskFolder();
          to.begin(name, folder);
          load(entry, folder, byKey);
        } else {
          Object key = Files.getAttribute(entry, "unix:ino");
          byte[] content = Files.readAllBytes(entry);
          to.begin(name, byKey.computeIfAbsent(key, unseen -> new DiskFile(content)));
        }
      }
    }
  }

  DiskFolder rootFolder() {
    return rootFolder;
  }

  /** Changes of names, in order, of which those before {@link #journaledSequence} are journaled. */
  List<NameChange> nameChanges() {
    return nameChanges;
  }

  /** Where the last flush of anything began that has returned. */
  long journaledSequence() {
    return journaledSequence;
  }

  /** Replays one event; one that was only intended is taken for done, but makes nothing durable. */
  void apply(DiskEvent event) {
    sequence++;
    if (event.kind() == Kind.FLUSH_END) {
      flushEnds(event);
    }
    if (event.state() == State.FAILED) {
      return;
    }
    switch (event.kind()) {
      case OPEN -> opens(event);
      case CLOSE -> open.remove(event.fd());
      case WRITE -> writes(event);
      case TRUNCATE ->
          file(event).add(new DiskFile.Change.Resized(sequence, Math.toIntExact(event.a())));
      case ALLOCATE -> allocates(event);
      case FLUSH_BEGIN -> flushes.put(event.a(), new Flush(node(event), sequence));
      case RENAME -> {
        DiskNode node = find(event.path());
        changes(
            List.of(
                new Entry(parent(event.path()), name(event.path()), null),
                new Entry(parent(event.second()), name(event.second()), node)));
      }
      case LINK ->
          changes(
              List.of(new Entry(parent(event.second()), name(event.second()), find(event.path()))));
      case UNLINK, RMDIR ->
          changes(List.of(new Entry(parent(event.path()), name(event.path()), null)));
      case MKDIR ->
          changes(List.of(new Entry(parent(event.path()), name(event.path()), new DiskFolder())));
      default -> {}
    }
  }

  private void opens(DiskEvent event) {
    if ((event.a() & DiskEvent.CREATED) != 0) {
      changes(
          List.of(new Entry(parent(event.path()), name(event.path()), new DiskFile(new byte[0]))));
    }
    DiskNode node = find(event.path());
    if (node == null) {
      throw new IllegalStateException("Expected %s to exist, but it does not".formatted(event));
    }
    if ((event.a() & DiskEvent.EMPTIED) != 0 && node instanceof DiskFile file) {
      file.add(new DiskFile.Change.Resized(sequence, 0));
    }
    open.put(event.fd(), node);
  }

  private void writes(DiskEvent event) {
    ByteBuffer bytes = event.bytes().slice(0, Math.toIntExact(event.b()));
    file(event).add(new DiskFile.Change.Written(sequence, Math.toIntExact(event.a()), bytes));
  }

  private void allocates(DiskEvent event) {
    int from = Math.toIntExact(event.bytes().order(ByteOrder.nativeOrder()).getLong(0));
    int to = Math.toIntExact(Math.min(event.b(), Integer.MAX_VALUE));
    if ((event.a() & DiskEvent.PUNCH_HOLE) != 0) {
      file(event).add(new DiskFile.Change.Zeroed(sequence, from, to));
    } else if ((event.a() & DiskEvent.KEEP_SIZE) == 0) {
      throw new IllegalStateException(
          "Expected space to be allocated beyond the size, but got " + event);
    }
  }

  private void flushEnds(DiskEvent event) {
    Flush flush = flushes.remove(event.a());
    if (flush == null || event.state() != State.DONE) {
      return;
    }
    journaledSequence = Math.max(journaledSequence, flush.sequence);
    if (flush.node instanceof DiskFile file) {
      file.flushed(flush.sequence);
    } else {
      for (NameChange change : nameChanges) {
        if (change.sequence < flush.sequence
            && change.entries.stream().anyMatch(entry -> entry.folder() == flush.node)) {
          change.folderFlushed = true;
        }
      }
    }
  }

  private void changes(List<Entry> entries) {
    nameChanges.add(new NameChange(sequence, entries));
    for (Entry entry : entries) {
      if (entry.node() == null) {
        entry.folder().now.remove(entry.name());
      } else {
        entry.folder().now.put(entry.name(), entry.node());
      }
    }
  }

  private DiskFile file(DiskEvent event) {
    return (DiskFile) node(event);
  }

  private DiskNode node(DiskEvent event) {
    DiskNode node = open.get(event.fd());
    if (node == null) {
      throw new IllegalStateException("Expected an open file, but got " + event);
    }
    return node;
  }

  private DiskFolder parent(String path) {
    Path parent = Path.of(path).getParent();
    return (DiskFolder) java.util.Objects.requireNonNull(find(parent.toString()), path);
  }

  private static String name(String path) {
    return Path.of(path).getFileName().toString();
  }

  private @Nullable DiskNode find(String path) {
    DiskNode node = rootFolder;
    for (Path name : root.relativize(Path.of(path))) {
      if (!name.toString().isEmpty()) {
        node = node instanceof DiskFolder folder ? folder.now.get(name.toString()) : null;
      }
    }
    return node;
  }
}
