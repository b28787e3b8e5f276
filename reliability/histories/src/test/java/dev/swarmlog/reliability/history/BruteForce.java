package dev.swarmlog.reliability.history;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Tries every order of a small history, after Wing and Gong, against a log that is a list. Shares
 * no code with the checker.
 */
final class BruteForce {

  private record Done(Request.Publish request, long first, long last) {}

  private final List<Call> calls;
  private final List<Content> log = new ArrayList<>();
  private final Map<RequestId, Done> done = new HashMap<>();
  private final Map<String, Long> lastNumbers = new HashMap<>();

  private BruteForce(History history) {
    this.calls = history.calls();
  }

  static boolean isLinearizable(History history) {
    BruteForce force = new BruteForce(history);
    return force.tryFrom(new boolean[force.calls.size()]);
  }

  private boolean tryFrom(boolean[] placed) {
    long firstEnd = Long.MAX_VALUE;
    boolean all = true;
    for (int i = 0; i < placed.length; i++) {
      if (!placed[i] && !calls.get(i).isUnknown()) {
        firstEnd = Math.min(firstEnd, calls.get(i).returnedNs());
        all = false;
      }
    }
    if (all) {
      return true;
    }
    for (int i = 0; i < placed.length; i++) {
      if (!placed[i] && calls.get(i).invokedNs() <= firstEnd && tryNext(i, placed)) {
        return true;
      }
    }
    return false;
  }

  private boolean tryNext(int i, boolean[] placed) {
    Call call = calls.get(i);
    placed[i] = true;
    boolean found = false;
    if (call.request() instanceof Request.Publish publish) {
      boolean mustAppend =
          call.isUnknown() || call.answer() instanceof Answer.Appended a && !a.duplicate();
      if (!mustAppend) {
        found = isRight(publish, call.answer()) && tryFrom(placed);
      } else if (canAppend(publish, call.answer())) {
        append(publish);
        found = tryFrom(placed);
        takeBack(publish);
      }
    } else if (!call.isUnknown()) {
      found = isRight(call) && tryFrom(placed);
    }
    placed[i] = false;
    return found;
  }

  private boolean canAppend(Request.Publish publish, Answer answer) {
    long first = log.size() + 1;
    long last = log.size() + publish.records().size();
    boolean told =
        !(answer instanceof Answer.Appended a) || (a.firstOpId() == first && a.lastOpId() == last);
    return told
        && publish
            .id()
            .map(
                id ->
                    !done.containsKey(id)
                        && (id.number() == 0
                            || id.number() == lastNumbers.getOrDefault(id.of(), 0L) + 1))
            .orElse(true);
  }

  private void append(Request.Publish publish) {
    log.addAll(publish.records());
    publish
        .id()
        .ifPresent(
            id -> {
              done.put(
                  id, new Done(publish, log.size() - publish.records().size() + 1, log.size()));
              lastNumbers.merge(id.of(), 1L, Long::sum);
            });
  }

  private void takeBack(Request.Publish publish) {
    log.subList(log.size() - publish.records().size(), log.size()).clear();
    publish
        .id()
        .ifPresent(
            id -> {
              done.remove(id);
              lastNumbers.merge(id.of(), -1L, Long::sum);
            });
  }

  private boolean isRight(Request.Publish publish, Answer answer) {
    Optional<Done> before = publish.id().map(done::get);
    if (answer instanceof Answer.Refused refused) {
      return !refused.conflict()
          || before.map(other -> !other.request().equals(publish)).orElse(false);
    }
    Answer.Appended told = (Answer.Appended) answer;
    return before
        .map(it -> it.equals(new Done(publish, told.firstOpId(), told.lastOpId())))
        .orElse(false);
  }

  private boolean isRight(Call call) {
    if (call.answer() instanceof Answer.Head head) {
      return head.opId() == log.size();
    }
    Answer.Read read = (Answer.Read) call.answer();
    if (read.whole() ? read.toInclusive() != log.size() : read.toInclusive() > log.size()) {
      return false;
    }
    List<Entry> expected = new ArrayList<>();
    if (call.request() instanceof Request.Tail tail) {
      for (long opId = tail.fromExclusive() + 1; opId <= read.toInclusive(); opId++) {
        expected.add(new Entry(opId, log.get((int) opId - 1), 0));
      }
    } else if (call.request() instanceof Request.Sync sync) {
      for (long opId = sync.fromExclusive() + 1; opId <= read.toInclusive(); opId++) {
        Content content = log.get((int) opId - 1);
        boolean seen = sync.scopes().isEmpty() || sync.scopes().contains(content.scope());
        if (seen && (content.key().isEmpty() || isNews(content, opId, sync, read.toInclusive()))) {
          expected.add(new Entry(opId, content, 0));
        }
      }
    }
    return expected.equals(read.entries());
  }

  private boolean isNews(Content content, long opId, Request.Sync sync, long to) {
    String now = null;
    String before = null;
    long newest = 0;
    for (int i = 0; i < to; i++) {
      Content other = log.get(i);
      if (other.scope().equals(content.scope()) && other.key().equals(content.key())) {
        newest = i + 1;
        now = other.tombstone() ? null : other.value();
        before = i + 1 <= sync.fromExclusive() ? now : before;
      }
    }
    return newest == opId && !Objects.equals(now, before);
  }
}
