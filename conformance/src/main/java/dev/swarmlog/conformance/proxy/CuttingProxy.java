package dev.swarmlog.conformance.proxy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A {@link Link} that counts the gRPC messages that pass either way, and cuts all connections
 * behind one of them, once. What is opened later passes. Thread-safe.
 */
public final class CuttingProxy implements AutoCloseable {
  /** Never cuts. */
  public static final int NEVER = -1;

  private static final int PREFACE_BYTES =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII).length;

  private final int cutBehind;
  // A cut before all messages takes the place of the first.
  private final int cutAt;
  private final Runnable whenCut;
  private final AtomicInteger passed = new AtomicInteger();
  private final Link link;

  /**
   * A proxy to a port of loopback.
   *
   * @param cutBehind how many messages pass before the cut, from 0; or {@link #NEVER}
   * @param whenCut called once the connections are closed
   */
  public CuttingProxy(int port, int cutBehind, Runnable whenCut) throws IOException {
    this.cutBehind = cutBehind;
    this.cutAt = cutBehind == 0 ? 1 : cutBehind;
    this.whenCut = whenCut;
    this.link =
        new Link(
            port,
            new Link.Gates() {
              @Override
              public Link.Gate up() {
                return new Counting(PREFACE_BYTES);
              }

              @Override
              public Link.Gate down() {
                return new Counting(0);
              }
            });
  }

  /** What carries the connections. */
  public Link link() {
    return link;
  }

  /** Messages that passed. */
  public int passed() {
    return passed.get();
  }

  @Override
  public void close() {
    link.close();
  }

  /** Passes one message at a time. */
  private final class Counting implements Link.Gate {
    private final MessageBorders borders;
    private boolean atBorder;

    Counting(int prefaceBytes) {
      this.borders = new MessageBorders(prefaceBytes);
    }

    @Override
    public int next(byte[] bytes, int from, int to) {
      atBorder = cutBehind == 0 && passed.get() == 0;
      if (atBorder) {
        return from;
      }
      for (int i = from; i < to; i++) {
        atBorder = borders.next(bytes[i]);
        if (atBorder) {
          return i + 1;
        }
      }
      return to;
    }

    @Override
    public boolean passed() {
      if (!atBorder || passed.incrementAndGet() != cutAt) {
        return true;
      }
      // Or the SDK may tell of it before the case knows.
      whenCut.run();
      link.drop();
      return false;
    }
  }
}
