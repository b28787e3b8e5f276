package dev.swarmlog.cli;

import dev.swarmlog.v1.ScopeSums;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The running sums of scopes as a table, and as JSON. */
final class SumsText {

  private SumsText() {}

  static void print(List<ScopeSums> sums, Output output) {
    output.table(
        List.of("TOPIC", "TARGET", ">OPERATIONS", ">EVENTS", "STATE DIGEST", "EVENT HASH"),
        sums.stream()
            .map(
                s ->
                    List.of(
                        ContractText.topic(s.getScope().getTopic()),
                        TargetText.print(s.getScope().getTarget()),
                        Long.toString(s.getOpCount()),
                        Long.toString(s.getEventCount()),
                        ContractText.hex(s.getStateDigest()),
                        ContractText.hex(s.getEventHash())))
            .toList());
  }

  static Map<String, Object> map(ScopeSums sums) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("topic", ContractText.topic(sums.getScope().getTopic()));
    map.put("target", TargetText.print(sums.getScope().getTarget()));
    map.put("opCount", sums.getOpCount());
    map.put("eventCount", sums.getEventCount());
    map.put("stateDigest", ContractText.hex(sums.getStateDigest()));
    map.put("eventHash", ContractText.hex(sums.getEventHash()));
    return map;
  }
}
