package dev.swarmlog.reliability.history;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A history written by hand: each call has its times, in milliseconds. */
final class Story {

  private final List<Call> calls = new ArrayList<>();

  Story call(int fromMs, int toMs, Request request, Answer answer) {
    int id = calls.size() + 1;
    calls.add(new Call(id, "c" + id, fromMs * 1_000_000L, toMs * 1_000_000L, request, answer));
    return this;
  }

  History history() {
    return new History("fleet/main", calls);
  }

  static Request.Publish publish(String... tags) {
    return publish(Optional.empty(), tags);
  }

  static Request.Publish numbered(long number, String... tags) {
    return publish(Optional.of(RequestId.numbered("p", 1, number)), tags);
  }

  private static Request.Publish publish(Optional<RequestId> id, String... tags) {
    return new Request.Publish(id, List.of(tags).stream().map(Story::event).toList());
  }

  static Request.Publish set(String tag, String key, String value) {
    return new Request.Publish(Optional.empty(), List.of(Content.keyed(tag, "all", key, value)));
  }

  static Content event(String tag) {
    return Content.event(tag, "all");
  }

  static Answer ack(long first, long last) {
    return new Answer.Appended(first, last, "", false);
  }

  static Answer ack(long opId) {
    return ack(opId, opId);
  }

  static Answer again(long opId) {
    return new Answer.Appended(opId, opId, "", true);
  }

  static Answer refused() {
    return new Answer.Refused(false, "RATE_LIMITED");
  }

  static Answer conflict() {
    return new Answer.Refused(true, "REQUEST_CONFLICT");
  }

  static Answer unknown() {
    return new Answer.Unknown();
  }

  static Request askHead() {
    return new Request.AskHead();
  }

  static Answer head(long opId) {
    return new Answer.Head(opId, "");
  }

  static Answer head(long opId, String hash) {
    return new Answer.Head(opId, hash);
  }

  static Request tail(long from) {
    return new Request.Tail(from);
  }

  static Request sync(long from, String... scopes) {
    return new Request.Sync(from, Set.of(scopes));
  }

  static Answer read(long to, Entry... entries) {
    return new Answer.Read(List.of(entries), to, "", true);
  }

  static Entry entry(long opId, Content content) {
    return new Entry(opId, content, 0);
  }

  static Entry event(long opId, String tag) {
    return entry(opId, event(tag));
  }
}
