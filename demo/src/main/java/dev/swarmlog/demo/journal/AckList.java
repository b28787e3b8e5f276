package dev.swarmlog.demo.journal;

import dev.swarmlog.demo.v1.AckRecord;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.PublishRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;

/** A publisher's own list of what was acknowledged to it, on the disk. Any thread may add. */
public final class AckList implements AutoCloseable {
  /** Nobody waits for an ack to be on the disk, and the journals need the disk more. */
  private static final long GATHER_MS = 50;

  private final RecordFile file;

  private AckList(RecordFile file) {
    this.file = file;
  }

  /** Opens or creates a list; new acks are added at its end. */
  public static AckList open(Path path) throws IOException {
    return new AckList(RecordFile.open(path, GATHER_MS, payload -> {}));
  }

  /**
   * Adds an ack that has just come.
   *
   * @return completed when it is on the device
   */
  public CompletableFuture<Void> add(
      String publisher, PublishRecord sent, Instant published, Position position) {
    return file.append(
        AckRecord.newBuilder()
            .setPublisher(publisher)
            .setPosition(position)
            .setTopic(sent.getTopic())
            .setKey(sent.getKey())
            .setPayloadDigest(PayloadDigest.of(sent.getPayload().getData()))
            .setPublishedUnixNano(UnixNano.of(published))
            .setAckedUnixNano(UnixNano.of(Instant.now()))
            .build());
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
