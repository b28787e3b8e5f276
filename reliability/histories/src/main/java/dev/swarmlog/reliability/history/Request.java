package dev.swarmlog.reliability.history;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** What a client asked of one log. */
public sealed interface Request {

  /**
   * To append a group, whole or not at all.
   *
   * @param id empty where a retry is a new request
   */
  record Publish(Optional<RequestId> id, List<Content> records) implements Request {
    public Publish {
      records = List.copyOf(records);
      if (records.isEmpty()) {
        throw new IllegalArgumentException("Expected at least one record, but got none");
      }
    }

    @Override
    public String toString() {
      return "publish " + id.map(RequestId::toString).orElse("without number") + " " + records;
    }
  }

  /** Where the log ends. */
  record AskHead() implements Request {
    @Override
    public String toString() {
      return "head?";
    }
  }

  /** All operations behind one, up to the head at the time. */
  record Tail(long fromExclusive) implements Request {
    @Override
    public String toString() {
      return "tail from " + fromExclusive;
    }
  }

  /**
   * The minimal delta of some scopes from a position to the head at the time.
   *
   * @param scopes whose; empty for all
   */
  record Sync(long fromExclusive, Set<String> scopes) implements Request {
    public Sync {
      scopes = Set.copyOf(scopes);
    }

    boolean sees(Content content) {
      return scopes.isEmpty() || scopes.contains(content.scope());
    }

    @Override
    public String toString() {
      return "sync from "
          + fromExclusive
          + (scopes.isEmpty() ? "" : " of " + new TreeSet<>(scopes));
    }
  }
}
