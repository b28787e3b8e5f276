package dev.swarmlog.cli;

import com.google.protobuf.ByteString;
import dev.swarmlog.sdk.Overflow;
import dev.swarmlog.sdk.Publication;
import dev.swarmlog.sdk.SwarmClient;
import dev.swarmlog.sdk.SwarmPublisher;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.Topic;
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Publishes one operation, or one per line of its input. */
@Command(
    name = "publish",
    description = {
      "Publish an operation to a swarm and wait until it is durable. The payload is the argument, a file, or standard"
          + " input. With a key the last writer wins; without one it is an event that every reader gets.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swarmlog publish fleet 'inspect rack 7'",
      "  swarmlog publish fleet --key rack/7 --target role:scout '{\"state\":\"due\"}'",
      "  swarmlog publish fleet --key rack/7 --delete",
      "  swarmlog publish fleet --key lease --expires-in 30s agent-1",
      "  swarmlog publish fleet --type acme.v1.Plan --file plan.bin",
      "  generate | swarmlog publish fleet --lines       one operation per line, pipelined",
    })
final class PublishCommand implements Callable<Integer> {

  private static final Duration MAX_EXPIRES_IN = Duration.ofDays(36_525);

  @Spec private CommandSpec spec;
  @Mixin private ConnectionOptions connectionOptions;
  @Mixin private OutputOptions outputOptions;

  @Parameters(index = "0", paramLabel = "SWARM", converter = NameText.class)
  private String swarm;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "PAYLOAD",
      description = "What to publish; without it, --file or standard input.")
  private @Nullable String argument;

  @Option(
      names = "--topic",
      paramLabel = "TOPIC",
      defaultValue = "commands",
      converter = TopicText.class,
      completionCandidates = TopicText.class,
      description = "One of ${COMPLETION-CANDIDATES} (default: commands).")
  private Topic topic = Topic.TOPIC_COMMANDS;

  @Option(
      names = "--target",
      paramLabel = "TARGET",
      converter = TargetText.class,
      description = "all, agent:NAME or role:NAME (default: all).")
  private Target target = Targets.all();

  @Option(
      names = "--key",
      paramLabel = "KEY",
      converter = NameText.Key.class,
      description = "A later operation on the same topic, target and key replaces this one.")
  private @Nullable String key;

  @Option(names = "--delete", description = "Delete the key.")
  private boolean delete;

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      description = "What the payload means, such as acme.v1.Plan. Handlers are chosen by it.")
  private String type = "";

  @Option(
      names = "--content-type",
      paramLabel = "TYPE",
      description =
          "Media type of the payload (default: text/plain, or application/octet-stream where it is"
              + " not UTF-8).")
  private @Nullable String contentType;

  @Option(
      names = "--file",
      paramLabel = "FILE",
      description = "Read the payload from a file; - for standard input.")
  private @Nullable Path file;

  @Option(names = "--lines", description = "Publish each line of the input as an operation.")
  private boolean lines;

  @Option(
      names = "--idempotency-key",
      paramLabel = "KEY",
      description =
          "Publishing again with the same key changes nothing, for a day. With --lines the line's"
              + " number is added to it.")
  private String idempotencyKey = "";

  @Option(
      names = "--expires-in",
      paramLabel = "TIME",
      converter = DurationText.class,
      description =
          "Worthless after that time, such as 30s or 2h: an event is not handed out any more, a key"
              + " is deleted unless it was published anew.")
  private @Nullable Duration expiresIn;

  @Option(
      names = "--publisher",
      paramLabel = "NAME",
      converter = NameText.class,
      defaultValue = "swarmlog-cli",
      description = "Name to publish under (default: ${DEFAULT-VALUE}).")
  private String publisherName;

  @Override
  public Integer call() throws Exception {
    check();
    connectionOptions.use(
        connection -> {
          // A publisher waits for a coordinator for ever; a person wants to know.
          connectionOptions.client(connection).status();
          try (SwarmPublisher publisher =
              SwarmPublisher.builder(connection, swarm, publisherName)
                  .overflow(Overflow.FAIL)
                  .start()) {
            publish(publisher, connectionOptions.client(connection));
          }
        });
    return ExitCode.OK.number();
  }

  private void publish(SwarmPublisher publisher, SwarmClient client) throws Exception {
    Publishing publishing =
        new Publishing(
            publisher,
            new Unanswered(
                client,
                connectionOptions.server(),
                swarm,
                publisherName,
                TopicText.log(topic),
                !idempotencyKey.isEmpty(),
                connectionOptions.timeout()),
            swarm,
            outputOptions.output(),
            outputOptions.json(),
            connectionOptions.timeout());
    if (topic == Topic.TOPIC_TELEMETRY) {
      if (lines) {
        try (BufferedReader input = lineInput()) {
          publishing.telemetry(
              input.lines().map(line -> publication(ByteString.copyFromUtf8(line), 0)));
        }
      } else {
        publishing.telemetry(java.util.stream.Stream.of(publication(payload(), 0)));
      }
    } else if (lines) {
      try (BufferedReader input = lineInput()) {
        publishing.lines(
            input, (line, number) -> publication(ByteString.copyFromUtf8(line), number));
      }
    } else {
      publishing.one(publication(delete ? ByteString.EMPTY : payload(), 0));
    }
  }

  private Publication publication(ByteString data, long lineNumber) {
    PublishRecord.Builder record =
        PublishRecord.newBuilder()
            .setTopic(topic)
            .setTarget(target)
            .setOperationClass(operationClass());
    if (key != null) {
      record.setKey(key);
    }
    if (delete) {
      record.setTombstone(true);
    } else {
      record.setPayload(
          Payload.newBuilder()
              .setType(type)
              .setContentType(contentType != null ? contentType : guess(data))
              .setData(data));
    }
    String operationKey =
        idempotencyKey.isEmpty() || lineNumber == 0
            ? idempotencyKey
            : idempotencyKey + ":" + lineNumber;
    Publication publication = new Publication(record.build(), operationKey);
    return expiresIn == null ? publication : publication.expiringIn(expiresIn);
  }

  private OperationClass operationClass() {
    if (key != null) {
      return OperationClass.OPERATION_CLASS_KEYED;
    }
    return topic == Topic.TOPIC_TELEMETRY
        ? OperationClass.OPERATION_CLASS_EPHEMERAL
        : OperationClass.OPERATION_CLASS_EVENT;
  }

  private static String guess(ByteString data) {
    return data.isValidUtf8() ? "text/plain; charset=utf-8" : "application/octet-stream";
  }

  private ByteString payload() throws IOException {
    if (argument != null) {
      return ByteString.copyFromUtf8(argument);
    }
    try (InputStream input = input()) {
      return ByteString.readFrom(input);
    }
  }

  private BufferedReader lineInput() throws IOException {
    return new BufferedReader(new InputStreamReader(input(), StandardCharsets.UTF_8));
  }

  private InputStream input() throws IOException {
    if (file == null || file.toString().equals("-")) {
      return new FileInputStream(java.io.FileDescriptor.in);
    }
    return Files.newInputStream(file);
  }

  private void check() {
    if (argument != null && (file != null || lines)) {
      throw usage(
          "Expected one payload, but got an argument and " + (lines ? "--lines" : "--file") + ".");
    }
    if (delete && (key == null || argument != null || file != null || lines)) {
      throw usage("Expected --delete with --key and without a payload.");
    }
    if (delete && expiresIn != null) {
      throw usage("Expected --delete without --expires-in: what is deleted cannot expire.");
    }
    if (expiresIn != null && (expiresIn.isZero() || expiresIn.compareTo(MAX_EXPIRES_IN) > 0)) {
      throw usage("Expected --expires-in above zero and up to 100 years.");
    }
    if (!delete && argument == null && file == null && System.console() != null) {
      throw usage("Expected a payload: as an argument, with --file FILE, or from standard input.");
    }
    if (file != null && !file.toString().equals("-") && !Files.isReadable(file)) {
      throw usage("Expected a readable file, but there is none at " + file + ".");
    }
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
