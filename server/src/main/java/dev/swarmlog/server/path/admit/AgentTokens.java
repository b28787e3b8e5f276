package dev.swarmlog.server.path.admit;

import dev.swarmlog.v1.Topic;
import io.github.bucket4j.TimeMeter;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The buckets of the publishers of a swarm, by name and topic. When there are too many, full ones
 * are forgotten that were not used for long: they are as good as new. Not thread-safe: they belong
 * to the lock of their {@link SwarmGate}.
 */
final class AgentTokens {

  /** How many are looked at for one that is full. */
  private static final int LOOKED_AT = 16;

  private final int maxBuckets;
  private final TimeMeter meter;

  /** The least recently used first. */
  private final Map<Place, Tokens> used = new LinkedHashMap<>(16, 0.75f, /* accessOrder= */ true);

  private record Place(String publisher, Topic topic) {}

  AgentTokens(int maxBuckets, TimeMeter meter) {
    this.maxBuckets = maxBuckets;
    this.meter = meter;
  }

  /** Those of a publisher in a topic; null if as many others are in use as there may be. */
  @Nullable Tokens of(String publisher, Topic topic, Terms terms) {
    Place place = new Place(publisher, topic);
    Tokens tokens = used.get(place);
    if (tokens != null) {
      tokens.change(terms);
      return tokens;
    }
    if (used.size() >= maxBuckets && !forgetOne()) {
      return null;
    }
    Tokens fresh = new Tokens(terms, meter);
    used.put(place, fresh);
    return fresh;
  }

  private boolean forgetOne() {
    Iterator<Tokens> oldest = used.values().iterator();
    for (int i = 0; i < LOOKED_AT && oldest.hasNext(); i++) {
      if (oldest.next().full()) {
        oldest.remove();
        return true;
      }
    }
    return false;
  }

  int size() {
    return used.size();
  }
}
