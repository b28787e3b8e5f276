package dev.swarmlog.cli;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.swarmlog.v1.BreakerReport;
import dev.swarmlog.v1.DriftReport;
import dev.swarmlog.v1.ParkedReport;
import dev.swarmlog.v1.PartedReport;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.Plan;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * What a coordinator reports in the log, such as alerts: protobuf messages of the contract, read
 * again. Anybody may publish a payload of such a type: one that does not parse is none of them.
 */
final class ReportText {

  private ReportText() {}

  /** As one line for a person; empty if the payload is no report. */
  static Optional<String> line(Payload payload) {
    return shown(payload, ReportText::line, ReportText::line, DriftText::line, ReportText::line);
  }

  /** All of it; empty if the payload is no report. */
  static Optional<Map<String, Object>> map(Payload payload) {
    return shown(payload, ReportText::map, ReportText::map, DriftText::map, ReportText::map);
  }

  private static <T> Optional<T> shown(
      Payload payload,
      Function<ParkedReport, T> parked,
      Function<BreakerReport, T> breaker,
      Function<DriftReport, T> drift,
      Function<PartedReport, T> parted) {
    ByteString data = payload.getData();
    try {
      return switch (payload.getType()) {
        case "swarmlog.v1.ParkedReport" -> Optional.of(parked.apply(ParkedReport.parseFrom(data)));
        case "swarmlog.v1.BreakerReport" ->
            Optional.of(breaker.apply(BreakerReport.parseFrom(data)));
        case "swarmlog.v1.DriftReport" -> Optional.of(drift.apply(DriftReport.parseFrom(data)));
        case "swarmlog.v1.PartedReport" -> Optional.of(parted.apply(PartedReport.parseFrom(data)));
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

  private static String line(PartedReport report) {
    return "%s: at operation %s of %s, %s; %s"
        .formatted(
            report.getAgent(),
            Long.toUnsignedString(report.getPosition().getOpId()),
            PositionText.logName(report.getPosition().getLog()),
            report.hasFork()
                ? "of which what is above %s is lost"
                    .formatted(Long.toUnsignedString(report.getFork().getOpId()))
                : "which is of another history",
            report.getPlan() == Plan.PLAN_SNAPSHOT
                ? "it is given the state of the log"
                : "it is not served");
  }

  private static Map<String, Object> map(PartedReport report) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("agent", report.getAgent());
    map.put("position", PositionText.print(report.getPosition()));
    if (report.hasFork()) {
      map.put("fork", PositionText.print(report.getFork()));
    }
    map.put("head", PositionText.print(report.getHead()));
    map.put("plan", ContractText.lower(report.getPlan().name(), "PLAN_"));
    map.put("reason", report.getReason());
    return map;
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
