package dev.swarmlog.hostile;

import static dev.swarmlog.hostile.RawHttp2.ACK;
import static dev.swarmlog.hostile.RawHttp2.CONTINUATION;
import static dev.swarmlog.hostile.RawHttp2.DATA;
import static dev.swarmlog.hostile.RawHttp2.END_HEADERS;
import static dev.swarmlog.hostile.RawHttp2.END_STREAM;
import static dev.swarmlog.hostile.RawHttp2.HEADERS;
import static dev.swarmlog.hostile.RawHttp2.PADDED;
import static dev.swarmlog.hostile.RawHttp2.PING;
import static dev.swarmlog.hostile.RawHttp2.PRIORITY;
import static dev.swarmlog.hostile.RawHttp2.RST_STREAM;
import static dev.swarmlog.hostile.RawHttp2.SETTINGS;
import static dev.swarmlog.hostile.RawHttp2.frame;
import static dev.swarmlog.hostile.RawHttp2.open;
import static dev.swarmlog.hostile.RawHttp2.windowUpdate;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Locale;

/** What a hostile client sends without end. */
public enum Flood {
  SETTINGS_FLOOD(5_000) {
    @Override
    public byte[] frames(int repetition, String path) {
      return frame(SETTINGS, 0, 0);
    }
  },
  SETTINGS_ACK_FLOOD(5_000) {
    @Override
    public byte[] frames(int repetition, String path) {
      return frame(SETTINGS, ACK, 0);
    }
  },
  PING_FLOOD(500_000) {
    @Override
    public byte[] frames(int repetition, String path) {
      return frame(PING, 0, 0, new byte[8]);
    }
  },
  PING_ACK_FLOOD(5_000) {
    @Override
    public byte[] frames(int repetition, String path) {
      return frame(PING, ACK, 0, new byte[8]);
    }
  },
  WINDOW_UPDATE_FLOOD(500_000) {
    @Override
    public byte[] frames(int repetition, String path) {
      return windowUpdate(0, 1);
    }
  },
  EMPTY_DATA_FLOOD(5_000) {
    @Override
    public byte[] frames(int repetition, String path) {
      return repetition == 0 ? open(1, path) : frame(DATA, 0, 1);
    }
  },
  PADDING_FLOOD(5_000) {
    @Override
    public byte[] frames(int repetition, String path) {
      return repetition == 0
          ? open(1, path)
          : frame(DATA, PADDED, 1, (byte) 3, (byte) 0, (byte) 0, (byte) 0);
    }
  },
  PRIORITY_FLOOD(5_000) {
    @Override
    public byte[] frames(int repetition, String path) {
      return frame(PRIORITY, 0, 3, new byte[5]);
    }
  },
  UNKNOWN_FRAME_FLOOD(5_000) {
    @Override
    public byte[] frames(int repetition, String path) {
      return frame(0xbb, 0, 0, new byte[100]);
    }
  },
  CONTINUATION_FLOOD(5_000) {
    @Override
    public byte[] frames(int repetition, String path) {
      return repetition == 0
          ? frame(HEADERS, 0, 1, RawHttp2.headers(path))
          : frame(CONTINUATION, 0, 1);
    }
  },
  /** CVE-2023-44487. */
  RAPID_RESET(5_000) {
    @Override
    public byte[] frames(int repetition, String path) {
      int stream = 2 * repetition + 1;
      return both(open(stream, path), frame(RST_STREAM, 0, stream, new byte[] {0, 0, 0, 8}));
    }
  },
  /** CVE-2025-8671: the server is made to reset, by an increment of nothing. */
  MADE_YOU_RESET_BY_NO_INCREMENT(5_000) {
    @Override
    public byte[] frames(int repetition, String path) {
      int stream = 2 * repetition + 1;
      return both(open(stream, path), windowUpdate(stream, 0));
    }
  },
  MADE_YOU_RESET_BY_WINDOW_OVERFLOW(5_000) {
    @Override
    public byte[] frames(int repetition, String path) {
      int stream = 2 * repetition + 1;
      return both(open(stream, path), windowUpdate(stream, Integer.MAX_VALUE));
    }
  },
  MADE_YOU_RESET_BY_DATA_AFTER_THE_END(5_000) {
    @Override
    public byte[] frames(int repetition, String path) {
      int stream = 2 * repetition + 1;
      return both(
          frame(HEADERS, END_HEADERS | END_STREAM, stream, RawHttp2.headers(path)),
          frame(DATA, 0, stream, new byte[5]));
    }
  },
  MADE_YOU_RESET_BY_DEPENDING_ON_ITSELF(5_000) {
    @Override
    public byte[] frames(int repetition, String path) {
      int stream = 2 * repetition + 1;
      return both(
          open(stream, path),
          frame(PRIORITY, 0, stream, ByteBuffer.allocate(5).putInt(stream).put((byte) 1).array()));
    }
  },
  /** Calls that are opened and never go on, more than a connection may have. */
  HALF_OPEN_CALLS(5_000) {
    @Override
    public byte[] frames(int repetition, String path) {
      return open(2 * repetition + 1, path);
    }
  };

  /** Of the coordinator: takes one request, and answers nothing while none comes. */
  public static final String SILENT_PATH = "/swarmlog.v1.AdministrationService/GetSwarm";

  private final int repetitions;

  Flood(int repetitions) {
    this.repetitions = repetitions;
  }

  /** As it is named in flags and figures, such as {@code rapid-reset}. */
  public String key() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Well beyond what a connection may do. */
  public int repetitions() {
    return repetitions;
  }

  /**
   * What is sent at a repetition.
   *
   * @param repetition from 0
   * @param path of a method that does not answer
   */
  public abstract byte[] frames(int repetition, String path);

  private static byte[] both(byte[] first, byte[] second) {
    ByteArrayOutputStream frames = new ByteArrayOutputStream();
    frames.writeBytes(first);
    frames.writeBytes(second);
    return frames.toByteArray();
  }
}
