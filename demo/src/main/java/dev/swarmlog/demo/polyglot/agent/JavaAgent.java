package dev.swarmlog.demo.polyglot.agent;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.swarmlog.sdk.AgentListener;
import dev.swarmlog.sdk.CursorStoreException;
import dev.swarmlog.sdk.HandlerFailurePolicy;
import dev.swarmlog.sdk.Payloads;
import dev.swarmlog.sdk.Publication;
import dev.swarmlog.sdk.SwarmAgent;
import dev.swarmlog.sdk.SwarmPublisher;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.sdk.TerminalException;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Topic;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * The agent of the polyglot swarm in Java, a program of its own: {@code HOST:PORT SWARM NAME
 * FOLDER}, as {@code docs/polyglot.md} has it.
 */
public final class JavaAgent {
  private static final String LANGUAGE = "java";
  private static final int WRONG_ARGUMENTS = 64;
  // For handlers, and once more for the publisher: less than the 10 s that it may take to end.
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(3);
  // Whatever charset standard output has.
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  private final String name;
  private final CompletableFuture<SwarmPublisher> publisher = new CompletableFuture<>();
  private final CompletableFuture<TerminalException> refused = new CompletableFuture<>();

  private JavaAgent(String name) {
    this.name = name;
  }

  public static void main(String[] arguments) {
    // Logback would write to standard output, which belongs to reports.
    if (System.getProperty("logback.configurationFile") == null) {
      System.setProperty(
          "logback.configurationFile", "dev/swarmlog/demo/polyglot/agent/logback.xml");
    }
    System.exit(run(arguments));
  }

  private static int run(String[] arguments) {
    if (arguments.length != 4 || !Files.isDirectory(Path.of(arguments[3]))) {
      System.err.println(
          "usage: agent HOST:PORT SWARM NAME FOLDER, with a folder that exists, but got "
              + String.join(" ", arguments));
      return WRONG_ARGUMENTS;
    }
    try {
      return new JavaAgent(arguments[2]).run(arguments[0], arguments[1], Path.of(arguments[3]));
    } catch (IllegalArgumentException e) {
      System.err.println("usage: agent HOST:PORT SWARM NAME FOLDER, but " + e.getMessage());
      return WRONG_ARGUMENTS;
    } catch (CursorStoreException e) {
      System.err.println(e.getMessage());
      return 1;
    }
  }

  /** Runs until SIGTERM, which ends the process, or until it is refused for good. */
  private int run(String target, String swarm, Path folder) {
    CompletableFuture<SwarmAgent> started = new CompletableFuture<>();
    Thread atSignal = new Thread(() -> endInOrder(started), "end in order");
    Runtime.getRuntime().addShutdownHook(atSignal);
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("agent", name);
    line.put("language", LANGUAGE);
    line.put("version", version());
    line.put("publishes", true);
    say(line);
    SwarmAgent agent = null;
    try {
      agent = start(target, swarm, folder);
      started.complete(agent);
      publisher.complete(agent.publisher());
      System.err.println(refused.join().getMessage());
    } finally {
      started.cancel(false);
      Runtime.getRuntime().removeShutdownHook(atSignal);
      if (agent != null) {
        agent.close(CLOSE_TIMEOUT);
      }
    }
    return 1;
  }

  private SwarmAgent start(String target, String swarm, Path folder) {
    return SwarmAgent.builder(target, swarm, name)
        .topics(Topic.TOPIC_COMMANDS, Topic.TOPIC_RECONCILIATION)
        .effects(new FoldStore(new StateFile(folder), name, this::answer, JavaAgent::report))
        // Order counts here: what cannot be applied now holds up the rest.
        .onHandlerFailure(HandlerFailurePolicy.retry())
        .listener(
            new AgentListener() {
              @Override
              public void refused(TerminalException why) {
                refused.complete(why);
              }
            })
        .start();
  }

  private void answer(Operation ask) throws Exception {
    publisher
        .get()
        .publish(
            Publication.keyed(
                    Topic.TOPIC_RECONCILIATION,
                    Targets.all(),
                    "answer/%s/%d".formatted(name, ask.getOpId()),
                    Payloads.text("polyglot.Answer", LANGUAGE))
                .withIdempotencyKey("%s/%d".formatted(name, ask.getOpId())))
        .get();
  }

  /** Java would end with 143 at a SIGTERM, as if it had not been in order. */
  private static void endInOrder(CompletableFuture<SwarmAgent> started) {
    started.join().close(CLOSE_TIMEOUT);
    Runtime.getRuntime().halt(0);
  }

  private static void report(Fold.Report report) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("report", report.text());
    line.put("opId", report.opId());
    line.put("events", report.events());
    line.put("chain", report.chain());
    line.put("keys", report.keys());
    line.put("table", report.table());
    say(line);
  }

  private static void say(Map<String, Object> line) {
    try {
      System.out.println(JSON.writeValueAsString(line));
      System.out.flush();
    } catch (JsonProcessingException e) {
      throw new AssertionError("Expected text and numbers to be JSON, but they are not", e);
    }
  }

  private static String version() {
    String version = SwarmAgent.class.getPackage().getImplementationVersion();
    return version == null ? "dev" : version;
  }
}
