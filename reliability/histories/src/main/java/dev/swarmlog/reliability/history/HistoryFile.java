package dev.swarmlog.reliability.history;

import java.io.IOException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A history as a file of text, so that what threads did once can be checked again: how they
 * interleave cannot be repeated.
 *
 * <p>First line: the name. Then a line per call, words with a blank between them, each URL-encoded,
 * {@code -} where it is empty:
 *
 * <pre>
 * ID CLIENT INVOKED_NS RETURNED_NS publish OF NUMBER RECORDS {TAG SCOPE KEY VALUE TOMBSTONE}... ANSWER
 *                                  head ANSWER | tail FROM ANSWER | sync FROM SCOPES {SCOPE}... ANSWER
 * ANSWER = unknown | appended FIRST LAST HASH DUPLICATE | refused CONFLICT REASON | head OP HASH
 *        | read TO HASH WHOLE ENTRIES {OP LOGGED_NS TAG SCOPE KEY VALUE TOMBSTONE}...
 * </pre>
 */
public final class HistoryFile {

  private HistoryFile() {}

  /** Writes a history; what was in the file is gone. */
  public static void write(History history, Path file) throws IOException {
    List<String> lines = new ArrayList<>();
    lines.add(history.name());
    for (Call call : history.calls()) {
      Words words = new Words();
      words.add(call.id(), call.client(), call.invokedNs(), call.returnedNs());
      write(call.request(), words);
      write(call.answer(), words);
      lines.add(words.toString());
    }
    Files.write(file, lines);
  }

  /**
   * Reads a history.
   *
   * @throws IOException also if the file holds none
   */
  public static History read(Path file) throws IOException {
    List<String> lines = Files.readAllLines(file);
    try {
      List<Call> calls = new ArrayList<>();
      for (String line : lines.subList(1, lines.size())) {
        Parsed words = new Parsed(line);
        calls.add(
            new Call(
                words.integer(),
                words.text(),
                words.number(),
                words.number(),
                request(words),
                answer(words)));
      }
      return new History(lines.get(0), calls);
    } catch (RuntimeException e) {
      throw new IOException("Expected a history in " + file + ", but it cannot be read", e);
    }
  }

  private static void write(Request request, Words words) {
    if (request instanceof Request.Publish publish) {
      RequestId id = publish.id().orElse(new RequestId("", 0));
      words.add("publish", id.of(), id.number(), publish.records().size());
      publish.records().forEach(record -> write(record, words));
    } else if (request instanceof Request.Tail tail) {
      words.add("tail", tail.fromExclusive());
    } else if (request instanceof Request.Sync sync) {
      words.add("sync", sync.fromExclusive(), sync.scopes().size());
      new TreeSet<>(sync.scopes()).forEach(words::add);
    } else {
      words.add("head");
    }
  }

  private static void write(Content content, Words words) {
    words.add(content.tag(), content.scope(), content.key(), content.value(), content.tombstone());
  }

  private static void write(Answer answer, Words words) {
    if (answer instanceof Answer.Appended appended) {
      words.add("appended", appended.firstOpId(), appended.lastOpId());
      words.add(appended.hash(), appended.duplicate());
    } else if (answer instanceof Answer.Refused refused) {
      words.add("refused", refused.conflict(), refused.reason());
    } else if (answer instanceof Answer.Head head) {
      words.add("head", head.opId(), head.hash());
    } else if (answer instanceof Answer.Read read) {
      words.add("read", read.toInclusive(), read.hash(), read.whole(), read.entries().size());
      for (Entry entry : read.entries()) {
        words.add(entry.opId(), entry.loggedUnixNs());
        write(entry.content(), words);
      }
    } else {
      words.add("unknown");
    }
  }

  private static Request request(Parsed words) {
    String kind = words.text();
    switch (kind) {
      case "publish":
        RequestId id = new RequestId(words.text(), words.number());
        List<Content> records = new ArrayList<>();
        for (int left = words.integer(); left > 0; left--) {
          records.add(content(words));
        }
        return new Request.Publish(id.of().isEmpty() ? Optional.empty() : Optional.of(id), records);
      case "tail":
        return new Request.Tail(words.number());
      case "sync":
        long from = words.number();
        Set<String> scopes = new TreeSet<>();
        for (int left = words.integer(); left > 0; left--) {
          scopes.add(words.text());
        }
        return new Request.Sync(from, scopes);
      case "head":
        return new Request.AskHead();
      default:
        throw new IllegalArgumentException("Expected a request, but got '" + kind + "'");
    }
  }

  private static Content content(Parsed words) {
    return new Content(words.text(), words.text(), words.text(), words.text(), words.truth());
  }

  private static Answer answer(Parsed words) {
    String kind = words.text();
    switch (kind) {
      case "appended":
        return new Answer.Appended(words.number(), words.number(), words.text(), words.truth());
      case "refused":
        return new Answer.Refused(words.truth(), words.text());
      case "head":
        return new Answer.Head(words.number(), words.text());
      case "read":
        long to = words.number();
        String hash = words.text();
        boolean whole = words.truth();
        List<Entry> entries = new ArrayList<>();
        for (int left = words.integer(); left > 0; left--) {
          long opId = words.number();
          long loggedUnixNs = words.number();
          entries.add(new Entry(opId, content(words), loggedUnixNs));
        }
        return new Answer.Read(entries, to, hash, whole);
      case "unknown":
        return new Answer.Unknown();
      default:
        throw new IllegalArgumentException("Expected an answer, but got '" + kind + "'");
    }
  }

  /** A line being written. */
  private static final class Words {
    private final StringBuilder line = new StringBuilder();

    void add(Object... words) {
      for (Object word : words) {
        String encoded = URLEncoder.encode(String.valueOf(word), StandardCharsets.UTF_8);
        line.append(line.isEmpty() ? "" : " ");
        // A text of one dash is none that is empty.
        line.append(encoded.isEmpty() ? "-" : encoded.equals("-") ? "%2D" : encoded);
      }
    }

    @Override
    public String toString() {
      return line.toString();
    }
  }

  /** A line being read. */
  private static final class Parsed {
    private final Iterator<String> words;

    Parsed(String line) {
      words = List.of(line.split(" ", -1)).iterator();
    }

    String text() {
      String word = words.next();
      return word.equals("-") ? "" : URLDecoder.decode(word, StandardCharsets.UTF_8);
    }

    long number() {
      return Long.parseLong(text());
    }

    int integer() {
      return Integer.parseInt(text());
    }

    boolean truth() {
      return Boolean.parseBoolean(text());
    }
  }
}
