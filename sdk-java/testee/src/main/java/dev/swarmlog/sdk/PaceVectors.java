package dev.swarmlog.sdk;

import static dev.swarmlog.sdk.VectorFields.field;
import static dev.swarmlog.sdk.VectorFields.hex;
import static dev.swarmlog.sdk.VectorFields.text;
import static dev.swarmlog.sdk.VectorFields.uint64;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.Status;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Vectors of when and how much: delays, budgets, windows, clocks. */
final class PaceVectors {
  private PaceVectors() {}

  static JsonNode backoff(JsonNode input) {
    Backoff backoff = backoffOf(input);
    ArrayNode delays = VectorFields.array();
    for (JsonNode step : field(input, "steps")) {
      long atNs = step.path("atNs").asLong();
      Duration told = step.has("toldNs") ? Duration.ofNanos(uint64(step, "toldNs")) : null;
      switch (text(step, "do")) {
        case "worked" -> backoff.succeeded(atNs);
        case "reset" -> backoff.reset();
        case "delay" -> delays.add(backoff.nextDelayNs(atNs, told));
        case "delayAfterLoss" -> delays.add(backoff.delayAfterLossNs(atNs, told));
        case "longDelay" -> delays.add(backoff.longDelayNs(atNs, told));
        case "anyDelay" -> delays.add(backoff.anyDelayNs());
        default -> throw unknown(step);
      }
    }
    return delays;
  }

  static JsonNode toldDelay(JsonNode input) throws InvalidProtocolBufferException {
    @Nullable Duration told = Failure.of(Status.parseFrom(hex(input, "statusHex"))).waitTold();
    return told == null
        ? VectorFields.object().putNull("delayNs")
        : VectorFields.object().put("delayNs", backoffOf(input).toldDelayNs(told));
  }

  static JsonNode retryBudget(JsonNode input) {
    RetryBudget budget =
        switch (text(input, "of")) {
          case "handler" -> RetryBudget.ofHandlers();
          case "publisher" -> RetryBudget.ofProducers();
          default ->
              throw new IllegalArgumentException(
                  "Expected a budget of handler or publisher, but got " + text(input, "of"));
        };
    ArrayNode granted = VectorFields.array();
    for (JsonNode step : field(input, "steps")) {
      if (step.has("succeeded")) {
        budget.succeeded(step.get("succeeded").asInt());
        continue;
      }
      int taken = 0;
      for (int i = field(step, "take").asInt(); i > 0; i--) {
        taken += budget.take() ? 1 : 0;
      }
      granted.add(taken);
    }
    return granted;
  }

  static JsonNode handlerBreaker(JsonNode input) {
    HandlerBreaker breaker = new HandlerBreaker(backoffOf(input));
    ArrayNode after = VectorFields.array();
    for (JsonNode step : field(input, "steps")) {
      switch (text(step, "do")) {
        case "applied" -> breaker.applied(field(step, "count").asInt());
        case "failed" -> {
          for (int i = field(step, "count").asInt(); i > 0; i--) {
            breaker.failed();
          }
        }
        case "probe" -> breaker.probe();
        case "wait" -> {
          after.add(breaker.waitNs());
          continue;
        }
        default -> throw unknown(step);
      }
      after.add(breaker.isOpen());
    }
    return after;
  }

  static JsonNode sendWindow(JsonNode input) {
    SendWindow window = new SendWindow();
    ArrayNode allowed = VectorFields.array();
    for (JsonNode step : field(input, "steps")) {
      switch (text(step, "do")) {
        case "open" -> window.open(field(step, "groups").asInt());
        case "shrink" -> window.shrink();
        case "grow" -> window.grow();
        default -> throw unknown(step);
      }
      int inFlight = 0;
      while (window.hasRoom(inFlight)) {
        inFlight++;
      }
      allowed.add(inFlight);
    }
    return allowed;
  }

  static JsonNode clockFilter(JsonNode input) {
    ClockFilter filter = new ClockFilter();
    for (JsonNode sample : field(input, "samples")) {
      filter.sample(
          uint64(sample, "agentSentUnixNano"),
          uint64(sample, "receivedUnixNano"),
          uint64(sample, "sentUnixNano"),
          uint64(sample, "agentReceivedUnixNano"));
    }
    return filter
        .offset()
        .<JsonNode>map(
            offset ->
                VectorFields.object()
                    .put("offsetNs", Long.toString(offset.offset().toNanos()))
                    .put("uncertaintyNs", Long.toString(offset.uncertainty().toNanos())))
        .orElse(VectorFields.NODES.nullNode());
  }

  private static Backoff backoffOf(JsonNode input) {
    return new Backoff(new FractionRandom(field(input, "fraction").asDouble()));
  }

  private static IllegalArgumentException unknown(JsonNode step) {
    return new IllegalArgumentException("Expected a step of this kind, but got " + step);
  }
}
