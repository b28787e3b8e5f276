package dev.swarmlog.reliability.history;

/**
 * One operation as its publisher stated it, as far as an order of operations can depend on it.
 *
 * @param tag tells it from every other operation of the history; the same in all retries of it
 * @param scope where it belongs
 * @param key empty for an event, which every reader gets
 * @param value of the key; empty if the key is deleted. Two operations may set the same one
 * @param tombstone the key is deleted
 */
public record Content(String tag, String scope, String key, String value, boolean tombstone) {

  /** An event. */
  public static Content event(String tag, String scope) {
    return new Content(tag, scope, "", "", false);
  }

  /** A new value of a key. */
  public static Content keyed(String tag, String scope, String key, String value) {
    return new Content(tag, scope, key, value, false);
  }

  /** A key that is deleted. */
  public static Content tombstone(String tag, String scope, String key) {
    return new Content(tag, scope, key, "", true);
  }

  boolean isKeyed() {
    return !key.isEmpty();
  }

  @Override
  public String toString() {
    if (!isKeyed()) {
      return tag + "@" + scope;
    }
    return tag + "@" + scope + ":" + key + (tombstone ? " deleted" : "=" + value);
  }
}
