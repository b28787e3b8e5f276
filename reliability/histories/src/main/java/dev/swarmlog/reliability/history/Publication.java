package dev.swarmlog.reliability.history;

import dev.swarmlog.reliability.history.Answer.Appended;
import dev.swarmlog.reliability.history.Answer.Refused;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** All attempts to append one group. */
final class Publication {

  final Request.Publish request;
  final List<Call> attempts = new ArrayList<>();

  Publication(Request.Publish request) {
    this.request = request;
  }

  int size() {
    return request.records().size();
  }

  Optional<RequestId> id() {
    return request.id();
  }

  /** Whether any attempt may have appended it. */
  boolean mayBeAppended() {
    return appender() != null;
  }

  /**
   * The attempt that appended it, if it was appended: the one that was told so, else the first one
   * whose outcome nobody knows. The group was not appended before that attempt began.
   */
  @Nullable Call appender() {
    Call first = firstAnswered();
    return first != null
        ? first
        : attempts.stream()
            .filter(Call::isUnknown)
            .min(Comparator.comparingLong(Call::invokedNs))
            .orElse(null);
  }

  /** The attempt that was told that it appended the group; null if there is none. */
  @Nullable Call firstAnswered() {
    return attempts.stream()
        .filter(call -> call.answer() instanceof Appended appended && !appended.duplicate())
        .findFirst()
        .orElse(null);
  }

  /** The attempt that was answered first with where the group is; it was appended by then. */
  @Nullable Call acknowledgement() {
    return attempts.stream()
        .filter(call -> call.answer() instanceof Appended)
        .min(Comparator.comparingLong(Call::returnedNs))
        .orElse(null);
  }

  /** Attempts that were refused because something else has their number. */
  List<Call> conflicts() {
    return attempts.stream()
        .filter(call -> call.answer() instanceof Refused refused && refused.conflict())
        .toList();
  }

  /** Whether another group has the same number or key. */
  boolean rivals(Publication other) {
    return other != this && id().isPresent() && id().equals(other.id());
  }

  @Override
  public String toString() {
    return request.id().map(RequestId::toString).orElse("") + request.records();
  }
}
