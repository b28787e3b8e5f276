package dev.swarmlog.reliability.history;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/** Small histories by seed: some of a log that is right, some of one that is not. */
final class RandomHistory {

  private static final List<String> SCOPES = List.of("all", "role");

  private final Random random;
  private final List<Call> calls = new ArrayList<>();
  private final List<Content> log = new ArrayList<>();
  private final Map<RequestId, Answer.Appended> answers = new HashMap<>();
  private final Map<RequestId, Request.Publish> taken = new HashMap<>();
  private final List<Request.Publish> sent = new ArrayList<>();
  private long nowNs;
  private long lastNumber;

  private RandomHistory(long seed) {
    this.random = new Random(seed);
  }

  static History of(long seed, int callCount) {
    RandomHistory history = new RandomHistory(seed);
    for (int i = 1; i <= callCount; i++) {
      history.add(i);
    }
    if (history.random.nextBoolean()) {
      history.spoil();
    }
    return new History("seed " + seed, history.calls);
  }

  /** A call that takes effect now, began some time before, and ends some time behind. */
  private void add(int id) {
    nowNs += 10;
    long invoked = Math.max(0, nowNs - random.nextInt(40));
    long returned = nowNs + random.nextInt(40);
    Request request = request(id);
    Answer answer = answer(request);
    if (request instanceof Request.Publish && random.nextInt(3) == 0) {
      answer = new Answer.Unknown();
    }
    calls.add(new Call(id, "c" + id, invoked, returned, request, answer));
  }

  private Request request(int id) {
    switch (random.nextInt(8)) {
      case 0:
        return new Request.AskHead();
      case 1:
        return new Request.Tail(random.nextInt(log.size() + 1));
      case 2:
        return new Request.Sync(
            random.nextInt(log.size() + 1),
            random.nextBoolean() ? Set.of() : Set.of(SCOPES.get(random.nextInt(2))));
      case 3:
        if (!sent.isEmpty()) {
          return sent.get(random.nextInt(sent.size()));
        }
        return publish(id);
      default:
        return publish(id);
    }
  }

  private Request publish(int id) {
    List<Content> records = new ArrayList<>();
    for (int i = 0; i <= random.nextInt(2); i++) {
      String tag = id + "." + i;
      String scope = SCOPES.get(random.nextInt(2));
      records.add(
          switch (random.nextInt(3)) {
            case 0 -> Content.event(tag, scope);
            case 1 -> Content.keyed(tag, scope, "k", "v" + random.nextInt(2));
            default -> Content.tombstone(tag, scope, "k");
          });
    }
    Optional<RequestId> of =
        switch (random.nextInt(3)) {
          case 0 ->
              Optional.of(RequestId.numbered("p", 1, lastNumber + random.nextInt(2)))
                  .filter(number -> number.number() > 0);
          case 1 -> Optional.of(RequestId.keyed("key" + random.nextInt(2)));
          default -> Optional.empty();
        };
    Request.Publish publish = new Request.Publish(of, records);
    if (of.isPresent()) {
      sent.add(publish);
    }
    return publish;
  }

  private Answer answer(Request request) {
    if (request instanceof Request.Publish publish) {
      return publish(publish);
    }
    if (request instanceof Request.AskHead) {
      return new Answer.Head(log.size(), "");
    }
    boolean whole = random.nextInt(4) > 0;
    long from =
        request instanceof Request.Tail tail
            ? tail.fromExclusive()
            : ((Request.Sync) request).fromExclusive();
    long to =
        whole || request instanceof Request.Sync
            ? log.size()
            : from + random.nextInt((int) (log.size() - from) + 1);
    List<Entry> entries = new ArrayList<>();
    for (long opId = from + 1; opId <= to; opId++) {
      Content content = log.get((int) opId - 1);
      if (request instanceof Request.Tail || owed((Request.Sync) request, content, opId)) {
        entries.add(new Entry(opId, content, 0));
      }
    }
    return new Answer.Read(entries, to, "", whole || request instanceof Request.Sync);
  }

  private boolean owed(Request.Sync sync, Content content, long opId) {
    if (!sync.scopes().isEmpty() && !sync.scopes().contains(content.scope())) {
      return false;
    }
    if (content.key().isEmpty()) {
      return true;
    }
    Map<String, String> before = new HashMap<>();
    Map<String, String> now = new HashMap<>();
    long newest = 0;
    for (int i = 0; i < log.size(); i++) {
      Content other = log.get(i);
      if (!other.key().isEmpty() && other.scope().equals(content.scope())) {
        newest = i + 1;
        now.put("k", other.tombstone() ? "gone" : other.value());
        if (newest <= sync.fromExclusive()) {
          before.putAll(now);
        }
      }
    }
    return newest == opId
        && !now.getOrDefault("k", "gone").equals(before.getOrDefault("k", "gone"));
  }

  private Answer publish(Request.Publish publish) {
    if (random.nextInt(8) == 0) {
      return new Answer.Refused(false, "");
    }
    if (publish.id().isPresent()) {
      RequestId id = publish.id().get();
      if (taken.containsKey(id)) {
        Answer.Appended first = answers.get(id);
        return taken.get(id).equals(publish)
            ? new Answer.Appended(first.firstOpId(), first.lastOpId(), "", true)
            : new Answer.Refused(true, "");
      }
      if (id.number() > 0 && id.number() != lastNumber + 1) {
        return new Answer.Refused(false, "");
      }
      lastNumber = Math.max(lastNumber, id.number());
      taken.put(id, publish);
    }
    log.addAll(publish.records());
    Answer.Appended answer =
        new Answer.Appended(log.size() - publish.records().size() + 1, log.size(), "", false);
    publish.id().ifPresent(id -> answers.put(id, answer));
    return answer;
  }

  /** Makes one call say something else, or come at another time. */
  private void spoil() {
    int index = random.nextInt(calls.size());
    Call call = calls.get(index);
    long invoked = call.invokedNs();
    long returned = call.returnedNs();
    Answer answer = call.answer();
    if (random.nextInt(3) == 0) {
      long shift = random.nextInt(200);
      invoked += shift;
      returned += shift;
    } else if (answer instanceof Answer.Head head) {
      answer = new Answer.Head(Math.max(0, head.opId() + random.nextInt(3) - 1), "");
    } else if (answer instanceof Answer.Appended appended) {
      long by = random.nextInt(3) - 1;
      answer =
          new Answer.Appended(
              Math.max(1, appended.firstOpId() + by),
              Math.max(1, appended.firstOpId() + by) + appended.lastOpId() - appended.firstOpId(),
              "",
              random.nextBoolean());
    } else if (answer instanceof Answer.Read read && !read.entries().isEmpty()) {
      List<Entry> entries = new ArrayList<>(read.entries());
      entries.remove(random.nextInt(entries.size()));
      answer = new Answer.Read(entries, read.toInclusive(), "", read.whole());
    } else if (answer instanceof Answer.Refused refused) {
      answer = new Answer.Refused(!refused.conflict(), "");
    }
    calls.set(index, new Call(call.id(), call.client(), invoked, returned, call.request(), answer));
  }
}
