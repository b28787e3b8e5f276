package dev.swarmlog.server.path.accept;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.inject.Inject;
import javax.inject.Singleton;

/**
 * The open streams that belong to no session: those of producers, of telemetry, and of observers.
 * When the coordinator stops they have nothing to finish but what is unanswered, so they are ended
 * and not waited for.
 *
 * <p>May be called from any thread.
 */
@Singleton
final class OpenStreams {

  /** A stream that can be asked to end. */
  interface Draining {

    /** Answers what it took in, then ends with {@code SHUTTING_DOWN}. Must not block. */
    void drain();
  }

  private final Set<Draining> open = ConcurrentHashMap.newKeySet();
  private volatile boolean draining;

  @Inject
  OpenStreams() {}

  void opened(Draining stream) {
    open.add(stream);
    if (draining) {
      stream.drain();
    }
  }

  void closed(Draining stream) {
    open.remove(stream);
  }

  /** Asks all of them to end, and those that are opened from now on. */
  void drain() {
    draining = true;
    open.forEach(Draining::drain);
  }
}
