package dev.swarmlog.reliability.history;

import java.util.List;

/** What a client heard. */
public sealed interface Answer {

  /**
   * A group was appended.
   *
   * @param firstOpId of the group
   * @param lastOpId of the group
   * @param hash running hash of the log at its last operation; empty if the client did not look
   * @param duplicate an earlier attempt had appended it, and this is the answer to that one again
   */
  record Appended(long firstOpId, long lastOpId, String hash, boolean duplicate) implements Answer {
    @Override
    public String toString() {
      return "appended "
          + (firstOpId == lastOpId ? "" + firstOpId : firstOpId + ".." + lastOpId)
          + (duplicate ? " before" : "");
    }
  }

  /**
   * This attempt appended nothing.
   *
   * @param conflict because something else has been appended under this number or key
   */
  record Refused(boolean conflict, String reason) implements Answer {
    @Override
    public String toString() {
      return "refused" + (conflict ? ", conflict" : "") + (reason.isEmpty() ? "" : ": " + reason);
    }
  }

  /** Nobody knows: a publish may take effect at any later time, or never. */
  record Unknown() implements Answer {
    @Override
    public String toString() {
      return "unknown";
    }
  }

  /**
   * The log ended here.
   *
   * @param opId 0 for an empty log
   * @param hash running hash there; empty if the client did not look
   */
  record Head(long opId, String hash) implements Answer {
    @Override
    public String toString() {
      return "head " + opId;
    }
  }

  /**
   * Operations were read.
   *
   * @param entries what was handed out
   * @param toInclusive how far they cover the log
   * @param hash running hash there; empty if the client did not look
   * @param whole the answer covers the log up to its head at the time. If not, the client was cut
   *     off: what it has is true, and says nothing of what lies behind
   */
  record Read(List<Entry> entries, long toInclusive, String hash, boolean whole) implements Answer {
    public Read {
      entries = List.copyOf(entries);
    }

    @Override
    public String toString() {
      return "read " + entries + " to " + toInclusive + (whole ? "" : ", cut off");
    }
  }
}
