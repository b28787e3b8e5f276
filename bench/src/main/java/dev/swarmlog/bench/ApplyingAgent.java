package dev.swarmlog.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swarmlog.sdk.AgentListener;
import dev.swarmlog.sdk.SwarmAgent;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Topic;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/**
 * An agent of the Java SDK that applies a log from its beginning and says how long that took: the
 * program that `bench apply` runs for Java.
 */
final class ApplyingAgent {
  private static final Path STATUS = Path.of("/proc/self/status");

  private ApplyingAgent() {}

  /** Arguments: target, swarm. Prints one line of JSON. */
  public static void main(String[] arguments) throws Exception {
    CountDownLatch caughtUp = new CountDownLatch(1);
    AtomicLong operations = new AtomicLong();
    AtomicLong bytes = new AtomicLong();
    long beganNs = System.nanoTime();
    Duration cpuBegan = cpu();
    SwarmAgent agent =
        SwarmAgent.builder(arguments[0], arguments[1], "apply-java")
            .on(
                Topic.TOPIC_COMMANDS,
                operation -> {
                  operations.incrementAndGet();
                  bytes.addAndGet(operation.getPayload().getData().size());
                })
            .listener(
                new AgentListener() {
                  @Override
                  public void caughtUp(Position position, long received, long duplicates) {
                    caughtUp.countDown();
                  }
                })
            .start();
    caughtUp.await();
    double seconds = (System.nanoTime() - beganNs) / 1e9;
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("operations", operations.get());
    answer.put("seconds", seconds);
    answer.put("cpuSeconds", cpu().minus(cpuBegan).toNanos() / 1e9);
    answer.put("peakMiB", peakMib());
    System.out.println(new ObjectMapper().writeValueAsString(answer));
    agent.close();
  }

  private static Duration cpu() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
  }

  /** The most memory the process had, as Linux counts it; 0 elsewhere. */
  private static long peakMib() throws IOException {
    if (!Files.isReadable(STATUS)) {
      return 0;
    }
    return Files.readAllLines(STATUS).stream()
        .filter(line -> line.startsWith("VmHWM:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1_024)
        .findFirst()
        .orElse(0);
  }
}
