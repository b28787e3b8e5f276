package dev.swarmlog.cli;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.swarmlog.v1.BreakerReport;
import dev.swarmlog.v1.DriftReport;
import dev.swarmlog.v1.ParkedReport;
import dev.swarmlog.v1.Payload;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a coordinator reports in the log, such as alerts: protobuf messages of the contract, read
 * again. Anybody may publish a payload of such a type: one that does not parse is none of them.
 */
final class ReportText {

  private ReportText() {}

  /** As one line for a person; empty if the payload is no report. */
  static Optional<String> line(Payload payload) {
    try {
      return switch (payload.getType()) {
        case "swarmlog.v1.ParkedReport" ->
            Optional.of(line(ParkedReport.parseFrom(payload.getData())));
        case "swarmlog.v1.BreakerReport" ->
            Optional.of(line(BreakerReport.parseFrom(payload.getData())));
        case "swarmlog.v1.DriftReport" ->
            Optional.of(DriftText.line(DriftReport.parseFrom(payload.getData())));
        default -> Optional.empty();
      };
    } catch (InvalidProtocolBufferException e) {
      return Optional.empty();
    }
  }

  /** All of it; empty if the payload is no report. */
  static Optional<Map<String, Object>> map(Payload payload) {
    try {
      return switch (payload.getType()) {
        case "swarmlog.v1.ParkedReport" ->
            Optional.of(map(ParkedReport.parseFrom(payload.getData())));
        case "swarmlog.v1.BreakerReport" ->
            Optional.of(map(BreakerReport.parseFrom(payload.getData())));
        case "swarmlog.v1.DriftReport" ->
            Optional.of(DriftText.map(DriftReport.parseFrom(payload.getData())));
        default -> Optional.empty();
      };
    } catch (InvalidProtocolBufferException e) {
      return Optional.empty();
    }
  }

  private static String line(ParkedReport report) {
    return "%s: operation %s of %s parked, tried %s, %s; %,d new, %,d in the swarm"
        .formatted(
            report.getAgent(),
            Long.toUnsignedString(report.getOpId()),
            PositionText.logName(report.getLog()),
            ParkedText.times(Integer.toUnsignedLong(report.getAttempts())),
            ParkedText.status(report.getStatus()),
            report.getNewCount(),
            report.getParkedCount());
  }

  private static String line(BreakerReport report) {
    return "%s: breaker %s, %s; opened %s"
        .formatted(
            report.getAgent(),
            BreakerText.state(report.getChange().getState()),
            report.getChange().getReason(),
            ParkedText.times(report.getOpenedCount()));
  }

  private static Map<String, Object> map(ParkedReport report) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("agent", report.getAgent());
    map.put("log", PositionText.logName(report.getLog()));
    map.put("opId", report.getOpId());
    map.put("attempts", report.getAttempts());
    map.put("status", ParkedText.statusMap(report.getStatus()));
    map.put("new", report.getNewCount());
    map.put("parked", report.getParkedCount());
    return map;
  }

  private static Map<String, Object> map(BreakerReport report) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("agent", report.getAgent());
    map.put("change", BreakerText.map(report.getChange()));
    map.put("opened", report.getOpenedCount());
    return map;
  }
}
