package dev.swarmlog.sdk;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.swarmlog.conformance.v1.AgentEvent;
import dev.swarmlog.conformance.v1.Handle;
import dev.swarmlog.conformance.v1.StartAgent;
import dev.swarmlog.v1.Operation;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a broken SDK does wrong towards its user. */
final class UserFaults {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern DECIMAL = Pattern.compile("-?[0-9]{1,20}");
  private static final int DROPPED_OF = 3;

  private UserFaults() {}

  /** Comes between the SDK and the suite's handlers. */
  static Fault handler(UnaryOperator<Fault.Handling> change) {
    return new Fault() {
      @Override
      Handling handling(Handling suite) {
        return change.apply(suite);
      }
    };
  }

  static Fault.Handling twice(Fault.Handling suite) {
    return call -> {
      suite.handle(call);
      suite.handle(call);
    };
  }

  /** Each second call goes before the first one. */
  static Fault.Handling outOfOrder(Fault.Handling suite) {
    return new Fault.Handling() {
      private @Nullable Handle kept;

      @Override
      public void handle(Handle call) throws NotHandled, InterruptedException {
        Handle earlier = kept;
        kept = earlier == null ? call : null;
        if (earlier != null) {
          suite.handle(call);
          suite.handle(earlier);
        }
      }
    };
  }

  static Fault.Handling dropping(Fault.Handling suite) {
    return new Fault.Handling() {
      private int calls;

      @Override
      public void handle(Handle call) throws NotHandled, InterruptedException {
        if (++calls % DROPPED_OF != 0) {
          suite.handle(call);
        }
      }
    };
  }

  /** Takes an operation on a key that it has seen for a duplicate. */
  static Fault.Handling oncePerKey(Fault.Handling suite) {
    Set<String> seen = new HashSet<>();
    return call -> {
      boolean isNew =
          call.getOperationsList().stream()
              .anyMatch(
                  operation ->
                      operation.getKey().isEmpty()
                          || seen.add(Scopes.of(operation) + operation.getKey()));
      if (isNew) {
        suite.handle(call);
      }
    };
  }

  static Fault.Handling withoutDeletions(Fault.Handling suite) {
    return call -> {
      if (!call.getOperationsList().stream().allMatch(Operation::getTombstone)) {
        suite.handle(call);
      }
    };
  }

  /** Calls the handler of batches with one operation at a time. */
  static Fault.Handling splitting(Fault.Handling suite) {
    return call -> {
      for (Operation operation : call.getOperationsList()) {
        suite.handle(call.toBuilder().clearOperations().addOperations(operation).build());
      }
    };
  }

  static Fault settings(UnaryOperator<StartAgent.Builder> change) {
    return new Fault() {
      @Override
      StartAgent settings(StartAgent settings) {
        return change.apply(settings.toBuilder()).build();
      }
    };
  }

  static Fault told(UnaryOperator<AgentEvent.Builder> change) {
    return new Fault() {
      @Override
      AgentEvent.Builder told(AgentEvent.Builder event) {
        return change.apply(event);
      }
    };
  }

  /** Goes on behind what cannot be applied, and tells nobody. */
  static Fault skipsSilently() {
    return new Fault() {
      @Override
      HandlerFailurePolicy policy(HandlerFailurePolicy policy) {
        return (operations, failure, attempts) -> HandlerFailurePolicy.Decision.SKIP;
      }
    };
  }

  /** All lanes share one thread. */
  static Fault oneThread() {
    return new Fault() {
      @Override
      SwarmConnection.Builder connection(SwarmConnection.Builder builder) {
        ExecutorService one =
            Executors.newSingleThreadExecutor(
                task -> {
                  Thread thread = new Thread(task, "one-for-all");
                  thread.setDaemon(true);
                  return thread;
                });
        return builder.executor(one);
      }
    };
  }

  /** Tries again at once, however often. */
  static Fault withoutDelays() {
    return new Fault() {
      @Override
      SwarmConnection.Builder connection(SwarmConnection.Builder builder) {
        return builder.random(new FractionRandom(0));
      }
    };
  }

  /** Computes vectors of one kind a little wrong. */
  static Fault vector(String broken) {
    return new Fault() {
      @Override
      String answer(String kind, String outputJson) {
        try {
          return kind.equals(broken) ? changed(JSON.readTree(outputJson)).toString() : outputJson;
        } catch (JsonProcessingException e) {
          throw new IllegalArgumentException("Expected JSON to change, but got " + outputJson, e);
        }
      }
    };
  }

  /** The first thing in it that can be changed is. */
  private static JsonNode changed(JsonNode value) {
    if (value instanceof ArrayNode array && !array.isEmpty()) {
      array.set(0, changed(array.get(0)));
      return array;
    }
    if (value instanceof ObjectNode object && !object.isEmpty()) {
      Map.Entry<String, JsonNode> first = object.properties().iterator().next();
      object.set(first.getKey(), changed(first.getValue()));
      return object;
    }
    if (value.isNumber()) {
      return VectorFields.NODES.numberNode(value.decimalValue().add(BigDecimal.ONE));
    }
    if (value.isBoolean()) {
      return VectorFields.NODES.booleanNode(!value.asBoolean());
    }
    if (value.isTextual() && DECIMAL.matcher(value.asText()).matches()) {
      return VectorFields.NODES.textNode(
          new BigInteger(value.asText()).add(BigInteger.ONE).toString());
    }
    return VectorFields.NODES.textNode(value.asText() + "x");
  }
}
