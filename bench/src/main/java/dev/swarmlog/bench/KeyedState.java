package dev.swarmlog.bench;

import com.google.protobuf.ByteString;
import dev.swarmlog.sdk.Payloads;
import dev.swarmlog.sdk.Publication;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.Topic;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;

/**
 * What all keys of a swarm come to, and what is published to make it so. Keys lie evenly in their
 * order; which of them change is drawn with a fixed seed. Pure, not thread-safe.
 */
final class KeyedState {

  /** Of the keys that differ, one in so many was deleted, and one in so many is new. */
  private static final int DELETED_ONE_IN = 10;

  private static final long SEED = 4;

  /** An odd number, so no two numbers below 2^32 have the same product; by the golden ratio. */
  private static final int SPREAD = 0x9E3779B1;

  private final Map<String, Payload> values = new HashMap<>();
  private final List<String> keys = new ArrayList<>();
  private final Random random = new Random(SEED);
  private final int payloadBytes;
  private int created;

  /** Gives every key its first value. */
  KeyedState(int keyCount, int payloadBytes) {
    this.payloadBytes = payloadBytes;
    for (int i = 0; i < keyCount; i++) {
      set(create());
    }
  }

  /**
   * What became of some keys; no key is among them twice.
   *
   * @param set that have a new value, new keys among them
   * @param deleted that were there before
   */
  record Change(List<Publication> publications, Set<String> set, Set<String> deleted) {}

  /** The value of each key now. */
  Map<String, Payload> values() {
    return Collections.unmodifiableMap(values);
  }

  /** What sets all keys to what they are now. */
  List<Publication> publications() {
    return keys.stream().map(this::publication).toList();
  }

  /**
   * Has so many keys differ from what they were: of ten, eight have another value, one is deleted
   * and one is new.
   */
  Change change(int differing) {
    int deleted = differing / DELETED_ONE_IN;
    List<String> drawn = draw(differing - deleted);
    Set<String> gone = new HashSet<>(drawn.subList(0, deleted));
    Set<String> changed = new HashSet<>(drawn.subList(deleted, drawn.size()));
    keys.removeAll(gone);
    values.keySet().removeAll(gone);
    for (int i = 0; i < deleted; i++) {
      changed.add(create());
    }
    List<Publication> publications = new ArrayList<>();
    for (String key : gone) {
      publications.add(Publication.delete(Topic.TOPIC_COMMANDS, Targets.all(), key));
    }
    for (String key : changed) {
      set(key);
      publications.add(publication(key));
    }
    return new Change(publications, changed, gone);
  }

  /** Draws so many keys, each of them once. */
  private List<String> draw(int count) {
    for (int i = 0; i < count; i++) {
      Collections.swap(keys, i, i + random.nextInt(keys.size() - i));
    }
    return List.copyOf(keys.subList(0, count));
  }

  private String create() {
    String key = "key-%08x".formatted(created++ * SPREAD);
    keys.add(key);
    return key;
  }

  private void set(String key) {
    byte[] data = new byte[payloadBytes];
    Payload before = values.get(key);
    Payload after;
    do {
      random.nextBytes(data);
      after = Payloads.bytes("bench", "application/octet-stream", ByteString.copyFrom(data));
    } while (after.equals(before));
    values.put(key, after);
  }

  private Publication publication(String key) {
    Payload value = Objects.requireNonNull(values.get(key));
    return Publication.keyed(Topic.TOPIC_COMMANDS, Targets.all(), key, value);
  }
}
