package dev.swarmlog.reliability.history;

import static dev.swarmlog.reliability.history.Evidence.violation;

import dev.swarmlog.reliability.history.Answer.Appended;
import dev.swarmlog.reliability.history.Violation.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What holds of requests with a number or a key: one answer each, one request under each number,
 * numbers in their order.
 */
final class RequestRules {

  private final List<Publication> publications;
  private final Evidence evidence;

  /** Groups by number, of each producer and epoch; several of one number are rivals. */
  private final Map<String, TreeMap<Long, List<Publication>>> byProducer = new HashMap<>();

  private final Map<RequestId, List<Publication>> byId = new HashMap<>();

  RequestRules(Evidence evidence) {
    this.evidence = evidence;
    this.publications = evidence.publications();
    for (Publication publication : publications) {
      publication
          .id()
          .ifPresent(
              id -> {
                byId.computeIfAbsent(id, absent -> new ArrayList<>()).add(publication);
                if (id.number() > 0) {
                  byProducer
                      .computeIfAbsent(id.of(), absent -> new TreeMap<>())
                      .computeIfAbsent(id.number(), absent -> new ArrayList<>())
                      .add(publication);
                }
              });
    }
  }

  /** The other groups under the number or key of one. */
  List<Publication> rivals(Publication publication) {
    return publication
        .id()
        .map(id -> byId.getOrDefault(id, List.of()).stream().filter(publication::rivals).toList())
        .orElse(List.of());
  }

  /** What contradicts itself, wherever groups are; null if nothing does. */
  @Nullable Violation check() {
    for (Publication publication : publications) {
      Violation violation = checkAnswers(publication);
      if (violation == null && evidence.placement().contains(publication)) {
        violation = checkAppended(publication);
      }
      if (violation != null) {
        return violation;
      }
    }
    return null;
  }

  private static @Nullable Violation checkAnswers(Publication publication) {
    Call first = publication.firstAnswered();
    for (Call call : publication.attempts) {
      if (!(call.answer() instanceof Appended appended)) {
        continue;
      }
      if (!appended.duplicate() && !call.equals(first)) {
        return violation(
            Kind.DUPLICATE_MISJUDGED,
            "Expected one attempt to append " + publication + ", but two were told that they did",
            first,
            call);
      }
      if (appended.duplicate() && publication.appender() == null) {
        return violation(
            Kind.DUPLICATE_MISJUDGED,
            "Expected an attempt that appended "
                + publication
                + " before, but every other one was refused, or told the same",
            publication.attempts.toArray(Call[]::new));
      }
    }
    return null;
  }

  private @Nullable Violation checkAppended(Publication publication) {
    if (!publication.mayBeAppended()) {
      return violation(
          Kind.INVENTED,
          "Expected nothing of "
              + publication
              + ", for every attempt was refused, but it is in the log",
          with(publication.attempts, evidence.toldBy(publication).orElse(null)));
    }
    for (Publication rival : rivals(publication)) {
      if (evidence.placement().contains(rival)) {
        return violation(
            Kind.NUMBER_REUSED,
            "Expected one group under one number or key, but there are %s and %s"
                .formatted(publication, rival),
            evidence.toldBy(publication).orElse(null),
            evidence.toldBy(rival).orElse(null));
      }
    }
    return null;
  }

  private static Call[] with(List<Call> calls, @Nullable Call further) {
    List<Call> all = new ArrayList<>(calls);
    if (further != null) {
      all.add(further);
    }
    return all.toArray(Call[]::new);
  }

  /**
   * Whether numbered groups lie in the order of their numbers, each behind all lower ones.
   *
   * @param open may be appended without having a place yet; such a group is no gap
   */
  @Nullable Violation checkNumbers(Placement placement, Predicate<Publication> open) {
    for (TreeMap<Long, List<Publication>> numbered : byProducer.values()) {
      Violation violation = checkNumbers(numbered, placement, open);
      if (violation != null) {
        return violation;
      }
    }
    return null;
  }

  private @Nullable Violation checkNumbers(
      TreeMap<Long, List<Publication>> numbered, Placement placement, Predicate<Publication> open) {
    Publication before = null;
    long expected = 1;
    boolean gap = false;
    for (Map.Entry<Long, List<Publication>> ofNumber : numbered.entrySet()) {
      List<Publication> groups = ofNumber.getValue();
      Publication here = groups.stream().filter(placement::contains).findFirst().orElse(null);
      gap |= ofNumber.getKey() != expected;
      if (here != null && gap) {
        return violation(
            Kind.NUMBERS_OUT_OF_ORDER,
            "Expected all lower numbers to be in the log before %s, but one below is not"
                .formatted(here),
            evidence.toldBy(here).orElse(here.attempts.get(0)));
      }
      if (here != null
          && before != null
          && placement.firstOpId(here).orElse(0L) < placement.firstOpId(before).orElse(0L)) {
        return violation(
            Kind.NUMBERS_OUT_OF_ORDER,
            "Expected %s behind %s, but it lies before".formatted(here, before),
            evidence.toldBy(before).orElse(null),
            evidence.toldBy(here).orElse(here.attempts.get(0)));
      }
      gap |= here == null && groups.stream().noneMatch(open);
      before = here != null ? here : before;
      expected = ofNumber.getKey() + 1;
    }
    return null;
  }
}
