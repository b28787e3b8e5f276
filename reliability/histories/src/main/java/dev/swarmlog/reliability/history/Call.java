package dev.swarmlog.reliability.history;

import java.util.Locale;

/**
 * One attempt of a client: what it asked when, and what it heard when.
 *
 * @param id of the call, in the order in which calls began
 * @param client who; one call at a time
 * @param invokedNs before the request was sent, on the clock of the history
 * @param returnedNs after the answer came, or when the client gave up
 */
public record Call(
    int id, String client, long invokedNs, long returnedNs, Request request, Answer answer) {

  public Call {
    if (returnedNs < invokedNs) {
      throw new IllegalArgumentException(
          "Expected call " + id + " to return after it began, but it did so before");
    }
    boolean fits =
        answer instanceof Answer.Unknown
            || (request instanceof Request.Publish
                && (answer instanceof Answer.Appended || answer instanceof Answer.Refused))
            || (request instanceof Request.AskHead && answer instanceof Answer.Head)
            || ((request instanceof Request.Tail || request instanceof Request.Sync)
                && answer instanceof Answer.Read);
    if (!fits) {
      throw new IllegalArgumentException(
          "Expected an answer to '" + request + "', but got '" + answer + "'");
    }
  }

  boolean isUnknown() {
    return answer instanceof Answer.Unknown;
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "#%d %s [%.6f s, %s] %s -> %s",
        id,
        client,
        invokedNs / 1e9,
        isUnknown() ? "?" : String.format(Locale.ROOT, "%.6f s", returnedNs / 1e9),
        request,
        answer);
  }
}
