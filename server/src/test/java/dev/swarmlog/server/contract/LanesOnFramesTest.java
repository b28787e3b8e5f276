package dev.swarmlog.server.contract;

import static dev.swarmlog.server.contract.Requests.ALL;
import static dev.swarmlog.server.contract.Requests.ephemeral;
import static dev.swarmlog.server.contract.Requests.event;
import static dev.swarmlog.server.contract.Requests.keyed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.swarmlog.v1.ControlResponse;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.PublishServiceGrpc;
import dev.swarmlog.v1.PublishStreamRequest;
import dev.swarmlog.v1.PublishStreamResponse;
import dev.swarmlog.v1.SessionServiceGrpc;
import dev.swarmlog.v1.TelemetryBatch;
import dev.swarmlog.v1.TelemetryDelivery;
import dev.swarmlog.v1.TelemetryHello;
import dev.swarmlog.v1.TelemetryOutcome;
import dev.swarmlog.v1.TelemetryRequest;
import dev.swarmlog.v1.TelemetryResponse;
import dev.swarmlog.v1.Topic;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Telemetry that stalls or floods does not delay commands on the same connection: shown on the
 * frames of one connection, by how many others there are before each command, and not by time.
 */
class LanesOnFramesTest {

  private static final String SWARM = "lanes";
  private static final int OPEN_BYTES = 1 << 30;
  private static final int COMMANDS = 50;

  private static final int MAX_TELEMETRY = 30;
  private static final int KEYS = 3;

  /** Its key is set once only, while nothing can be sent any more. */
  private static final int RARE = 40;

  private static final int RECORD_BYTES = 20_000;
  private static final int RECORDS_PER_COMMAND = 4;
  private static final int TELEMETRY_WINDOW_BYTES = 65_535;

  /** Frames that the telemetry's window takes at most, and its headers: two to a record. */
  private static final int MAX_STALLED_FRAMES = 2 * (TELEMETRY_WINDOW_BYTES / RECORD_BYTES + 1) + 1;

  private static final int SMALL_RECORD_BYTES = 5_000;

  /** The coordinator opens windows again as they are used, by the half. */
  private static final int MAX_WINDOW_UPDATES = 8;

  private static final int MAX_BATCHES_PER_COMMAND = 100;

  private Coordinator coordinator;
  private FrameConnection connection;

  @BeforeEach
  void start() throws Exception {
    coordinator =
        Coordinator.inMemory(
            Coordinator.limits(
                "maxGroupRecords", MAX_TELEMETRY, "maxTelemetryRecordsPerReader", MAX_TELEMETRY));
    connection = new FrameConnection(coordinator.server().port());
  }

  @AfterEach
  void stop() throws Exception {
    connection.close();
    coordinator.close();
  }

  @Test
  void shouldDeliverCommandsPastTelemetryWhoseWindowStaysClosed() throws Exception {
    // given an agent that opens the windows of its connection and its commands, and of its
    // telemetry for three records only
    int control = connection.open(SessionServiceGrpc.getControlMethod().getFullMethodName());
    connection.grant(control, OPEN_BYTES);
    connection.send(
        control,
        TestAgent.frame(
            TestAgent.hello(SWARM, "ann")
                .setView(Requests.view(Topic.TOPIC_COMMANDS, Topic.TOPIC_TELEMETRY))));
    String session = connection.next(control, ControlResponse.parser()).getWelcome().getSessionId();
    int telemetry = attach(session, Log.LOG_TELEMETRY, TELEMETRY_WINDOW_BYTES);
    int commands = attach(session, Log.LOG_MAIN, OPEN_BYTES);
    assertThat(connection.next(commands, DataResponse.parser()).hasCaughtUp()).isTrue();
    await().until(() -> coordinator.agents(SWARM).get(0).getLanesCount() == 2);
    StreamCall<TelemetryRequest, TelemetryResponse> sensor = coordinator.telemetry();
    sensor.send(telemetryHello());
    assertThat(sensor.next().hasWelcome()).isTrue();

    // when telemetry goes on coming, and commands come between it
    int before = connection.framesOfOthersThan(commands);
    int published = 0;
    for (int i = 1; i <= COMMANDS; i++) {
      for (int j = 0; j < RECORDS_PER_COMMAND; j++) {
        sensor.send(batch(++published, value(published)));
        assertThat(sensor.next().getAck().getOutcome())
            .isEqualTo(TelemetryOutcome.TELEMETRY_OUTCOME_ACCEPTED);
      }
      coordinator.publish(SWARM, event("command " + i));
      receive(commands, i);
    }

    // then before all the commands together no more frames came than the closed window took
    assertThat(connection.framesOfOthersThan(commands) - before)
        .isLessThanOrEqualTo(MAX_STALLED_FRAMES);
    assertThat(connection.dataBytes(telemetry)).isEqualTo(TELEMETRY_WINDOW_BYTES);

    // and when the window opens, the newest of each key is there, and the rest is counted
    connection.grant(telemetry, OPEN_BYTES);
    Map<String, String> newest = new HashMap<>();
    int received = 0;
    long dropped = 0;
    while (received + dropped < published) {
      TelemetryDelivery delivery = connection.next(telemetry, DataResponse.parser()).getTelemetry();
      dropped += delivery.getDroppedCount();
      for (Operation operation : delivery.getOperationsList()) {
        received++;
        newest.put(operation.getKey(), text(operation));
      }
    }
    assertThat(received + dropped).isEqualTo(published);
    for (int i = 0; i < KEYS; i++) {
      PublishRecord last = value(published - i);
      assertThat(newest).containsEntry(last.getKey(), last.getPayload().getData().toStringUtf8());
    }
    assertThat(newest).as("it makes way for no value of another key").containsKey("rare");
    // What had left for the window before it was closed, and what is held.
    assertThat(received).isLessThanOrEqualTo(2 * MAX_TELEMETRY);
    assertThat(dropped).isGreaterThanOrEqualTo(published - 2 * MAX_TELEMETRY);
  }

  @Test
  void shouldTakeCommandsPastTelemetryThatFloodsAndWhoseAcksAreNotRead() throws Exception {
    // given a client that floods telemetry and opens no window for the acks of it
    int planner = connection.open(PublishServiceGrpc.getPublishStreamMethod().getFullMethodName());
    connection.grant(planner, OPEN_BYTES);
    connection.send(planner, Requests.producer(SWARM, "planner", 0));
    assertThat(connection.next(planner, PublishStreamResponse.parser()).hasWelcome()).isTrue();
    int sensor = connection.open(PublishServiceGrpc.getTelemetryMethod().getFullMethodName());
    connection.send(sensor, telemetryHello());

    // when commands are published between it, until the coordinator takes no more telemetry
    int sent = 0;
    int command = 0;
    int commandsSinceTaken = 0;
    while (commandsSinceTaken < COMMANDS) {
      commandsSinceTaken++;
      for (int i = 0; i < MAX_BATCHES_PER_COMMAND; i++) {
        TelemetryRequest batch = batch(sent + 1, record(sent + 1));
        if (!connection.maySend(sensor, batch)) {
          break;
        }
        connection.send(sensor, batch);
        sent++;
        commandsSinceTaken = 0;
      }
      int before = connection.framesOfOthersThan(planner);
      publish(planner, ++command);

      // then each is answered after a few frames that open windows, whatever lies in the stream's
      assertThat(connection.framesOfOthersThan(planner) - before)
          .as("before command %d", command)
          .isLessThanOrEqualTo(MAX_WINDOW_UPDATES);
    }
    TelemetryRequest next = batch(sent + 1, record(sent + 1));
    assertThat(connection.maySend(sensor, next)).as("the stream is not read").isFalse();
    assertThat(connection.connectionTakes(next)).as("and the connection is").isTrue();
    assertThat(connection.dataBytes(sensor)).isZero();

    // and when the acks are read, all of it is answered, in order
    connection.grant(sensor, OPEN_BYTES);
    assertThat(connection.next(sensor, TelemetryResponse.parser()).hasWelcome()).isTrue();
    for (int number = 1; number <= sent; number++) {
      assertThat(connection.next(sensor, TelemetryResponse.parser()).getAck().getNumber())
          .isEqualTo(number);
    }
  }

  private void publish(int planner, int number) throws IOException {
    PublishStreamRequest group = Requests.frame(Requests.group(number, event("" + number)));
    connection.send(planner, group);
    assertThat(connection.next(planner, PublishStreamResponse.parser()).getAck().getNumber())
        .isEqualTo(number);
  }

  private int attach(String session, Log log, int windowBytes) throws IOException {
    int stream = connection.open(SessionServiceGrpc.getDataMethod().getFullMethodName());
    connection.grant(stream, windowBytes);
    connection.send(stream, TestAgent.attachFrame(session, log));
    return stream;
  }

  private void receive(int commands, long throughOpId) throws IOException {
    DataResponse frame = connection.next(commands, DataResponse.parser());
    while (frame.getDelivery().getTo().getOpId() < throughOpId) {
      frame = connection.next(commands, DataResponse.parser());
    }
  }

  private static TelemetryRequest telemetryHello() {
    return TelemetryRequest.newBuilder()
        .setHello(TelemetryHello.newBuilder().setSwarm(SWARM).setPublisher("sensor"))
        .build();
  }

  private static TelemetryRequest batch(long number, PublishRecord record) {
    return TelemetryRequest.newBuilder()
        .setBatch(TelemetryBatch.newBuilder().setNumber(number).addRecords(record))
        .build();
  }

  private static PublishRecord value(int number) {
    String key = number == RARE ? "rare" : "key-" + number % KEYS;
    return keyed(Topic.TOPIC_TELEMETRY, ALL, key, number + "x".repeat(RECORD_BYTES));
  }

  private static PublishRecord record(int number) {
    return ephemeral(ALL, number + "x".repeat(SMALL_RECORD_BYTES));
  }

  private static String text(Operation operation) {
    return operation.getPayload().getData().toStringUtf8();
  }
}
