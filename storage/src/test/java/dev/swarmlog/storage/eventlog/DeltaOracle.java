package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.View;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.Scope;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What a delta must be, by its definition: walks the whole log. Shares no code with the delta. */
final class DeltaOracle {
  /** Where a value lies; events have an empty key. */
  record Place(Scope scope, String key) {
    static Place of(Operation op) {
      Scope scope = Scope.newBuilder().setTopic(op.getTopic()).setTarget(op.getTarget()).build();
      return new Place(scope, op.getKey());
    }
  }

  private final List<Operation> log;
  private final List<Place> places;

  DeltaOracle(List<Operation> log) {
    this.log = log;
    this.places = log.stream().map(Place::of).toList();
  }

  /** What a reader of the whole view holds at an operation. */
  Map<Place, Payload> state(View view, long at) {
    Map<Place, Payload> state = new HashMap<>();
    for (int i = 0; i < at; i++) {
      if (view.contains(places.get(i).scope) && !places.get(i).key.isEmpty()) {
        state.put(places.get(i), log.get(i).getTombstone() ? null : log.get(i).getPayload());
      }
    }
    state.values().removeIf(Objects::isNull);
    return state;
  }

  /** What a reader lacks at the target who holds these keys, and all events up to the start. */
  List<Long> minimal(View view, Map<Place, Payload> held, long start, long target, long now) {
    Map<Object, Long> newest = new HashMap<>();
    for (Operation op : log.subList((int) start, (int) target)) {
      boolean expired = op.getExpiresAtUnixNano() != 0 && op.getExpiresAtUnixNano() <= now;
      if (op.getKey().isEmpty() && !expired && view.contains(Place.of(op).scope)) {
        newest.put(op, op.getOpId());
      }
    }
    Map<Place, Payload> wanted = state(view, target);
    for (int i = 0; i < target; i++) {
      if (!Objects.equals(held.get(places.get(i)), wanted.get(places.get(i)))) {
        newest.put(places.get(i), log.get(i).getOpId());
      }
    }
    return newest.values().stream().sorted().toList();
  }
}
