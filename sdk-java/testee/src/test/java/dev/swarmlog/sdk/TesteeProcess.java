package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.conformance.v1.AgentEvent;
import dev.swarmlog.conformance.v1.Done;
import dev.swarmlog.conformance.v1.HandleReply;
import dev.swarmlog.conformance.v1.HandlerFailure;
import dev.swarmlog.conformance.v1.Request;
import dev.swarmlog.conformance.v1.Response;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The suite's end of a testee, which is a process of its own. */
final class TesteeProcess implements AutoCloseable {
  static final int PATIENCE_S = 30;

  private final Process process;
  private final DataOutputStream requests;
  private final BlockingQueue<Response> answers = new LinkedBlockingQueue<>();
  private final BlockingQueue<Response> handles = new LinkedBlockingQueue<>();
  private final BlockingQueue<AgentEvent> events = new LinkedBlockingQueue<>();
  private int lastId;

  TesteeProcess(String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-cp",
                System.getProperty("java.class.path"),
                Testee.class.getName()));
    command.addAll(List.of(arguments));
    process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    requests = new DataOutputStream(process.getOutputStream());
    DataInputStream responses = new DataInputStream(process.getInputStream());
    Thread reader = new Thread(() -> read(responses), "testee-responses");
    reader.setDaemon(true);
    reader.start();
  }

  private void read(DataInputStream responses) {
    try {
      while (true) {
        Response response = Response.parseFrom(responses.readNBytes(responses.readInt()));
        if (response.hasHandle()) {
          handles.add(response);
        } else if (response.hasEvent()) {
          events.add(response.getEvent());
        } else {
          answers.add(response);
        }
      }
    } catch (EOFException e) {
      // It has ended.
    } catch (IOException e) {
      answers.add(Response.getDefaultInstance());
    }
  }

  /** Sends it under an ID of its own. */
  int send(Request.Builder request) throws IOException {
    int id = ++lastId;
    write(request.setId(id).build());
    return id;
  }

  private void write(Request request) throws IOException {
    requests.writeInt(request.getSerializedSize());
    requests.write(request.toByteArray());
    requests.flush();
  }

  /** Sends it and waits for its answer, while nothing else is asked. */
  Response ask(Request.Builder request) throws Exception {
    int id = send(request);
    Response answer = answer();
    assertThat(answer.getId()).isEqualTo(id);
    return answer;
  }

  void done(Request.Builder request) throws Exception {
    Response answer = ask(request);
    assertThat(answer.hasDone()).as("%s", answer).isTrue();
  }

  Response answer() throws InterruptedException {
    return got(answers.poll(PATIENCE_S, TimeUnit.SECONDS));
  }

  Response handle() throws InterruptedException {
    return got(handles.poll(PATIENCE_S, TimeUnit.SECONDS));
  }

  /** Waits for an event of that kind; those before it are passed over. */
  AgentEvent event(AgentEvent.EventCase kind) throws InterruptedException {
    while (true) {
      AgentEvent event = got(events.poll(PATIENCE_S, TimeUnit.SECONDS));
      if (event.getEventCase() == kind) {
        return event;
      }
    }
  }

  void applied(Response handle) throws IOException {
    write(
        Request.newBuilder()
            .setId(handle.getId())
            .setHandleReply(HandleReply.newBuilder().setApplied(Done.getDefaultInstance()))
            .build());
  }

  void failed(Response handle, HandlerFailure.Decision decision) throws IOException {
    write(
        Request.newBuilder()
            .setId(handle.getId())
            .setHandleReply(
                HandleReply.newBuilder()
                    .setFailed(HandlerFailure.newBuilder().setMessage("no").setDecision(decision)))
            .build());
  }

  /** Handlers that are called and not waited for. */
  List<Response> unexpectedHandles() {
    return List.copyOf(handles);
  }

  void kill() throws InterruptedException {
    process.destroyForcibly();
    assertThat(process.waitFor(PATIENCE_S, TimeUnit.SECONDS)).isTrue();
  }

  /** Ends its input and says what it exits with. */
  int exit() throws IOException, InterruptedException {
    requests.close();
    assertThat(process.waitFor(PATIENCE_S, TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }

  @Override
  public void close() throws InterruptedException {
    kill();
  }

  private static <T> T got(T message) {
    assertThat(message).as("a message of the testee within %d s", PATIENCE_S).isNotNull();
    return message;
  }
}
