package dev.swarmlog.reliability.history;

/**
 * One operation of a log as a reader saw it.
 *
 * @param opId its operation ID, from 1
 * @param loggedUnixNs its logged time; 0 if the reader did not look
 */
public record Entry(long opId, Content content, long loggedUnixNs) {

  @Override
  public String toString() {
    return opId + ":" + content;
  }
}
