package dev.swarmlog.demo.survey;

import com.google.protobuf.ByteString;
import dev.swarmlog.demo.v1.FileKind;
import dev.swarmlog.demo.v1.SurveyResult;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Surveys single files: language, lines, digest and what else can be counted in one pass.
 *
 * <p>Immutable, so any number of threads may survey with one. A survey reads at most {@link
 * #MAX_FILE_BYTES} through a buffer of 64 KiB and never follows a symbolic link; a path that leads
 * out of the root is not read.
 */
public final class FileSurveyor {
  /** Larger files are recorded by their size alone. */
  public static final long MAX_FILE_BYTES = 64L << 20;

  /** Where a NUL makes a file binary: git's rule. */
  private static final int BINARY_PROBE_BYTES = 8_000;

  private static final int FIRST_LINE_MAX_BYTES = 200;

  private final Path root;
  private final Languages languages = Languages.load();

  public FileSurveyor(Path root) {
    this.root = root.toAbsolutePath().normalize();
  }

  /**
   * Surveys one file of one round.
   *
   * @param path relative to the root
   * @return never null: what hinders a survey is its result
   */
  public SurveyResult survey(int round, String path) {
    SurveyResult.Builder result = SurveyResult.newBuilder().setRound(round).setPath(path);
    try {
      Path file = root.resolve(path).normalize();
      if (!file.startsWith(root)) {
        return result
            .setKind(FileKind.FILE_KIND_UNREADABLE)
            .setDetail("leads out of the directory")
            .build();
      }
      BasicFileAttributes attributes =
          Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      result.setSizeBytes(attributes.size()).setLanguage(languages.of(path, ""));
      if (!attributes.isRegularFile()) {
        return result.setKind(FileKind.FILE_KIND_NOT_REGULAR).setDetail(nature(attributes)).build();
      }
      if (attributes.size() > MAX_FILE_BYTES) {
        return result.setKind(FileKind.FILE_KIND_TOO_LARGE).build();
      }
      try (InputStream content = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
        read(path, content, result);
      }
    } catch (NoSuchFileException e) {
      return nothing(result, FileKind.FILE_KIND_VANISHED, "");
    } catch (AccessDeniedException e) {
      return nothing(result, FileKind.FILE_KIND_UNREADABLE, "permission denied");
    } catch (IOException | InvalidPathException e) {
      return nothing(result, FileKind.FILE_KIND_UNREADABLE, String.valueOf(e.getMessage()));
    }
    return result.build();
  }

  private static SurveyResult nothing(SurveyResult.Builder result, FileKind kind, String detail) {
    return SurveyResult.newBuilder()
        .setRound(result.getRound())
        .setPath(result.getPath())
        .setKind(kind)
        .setDetail(detail)
        .build();
  }

  private static String nature(BasicFileAttributes attributes) {
    if (attributes.isSymbolicLink()) {
      return "symbolic link";
    }
    return attributes.isDirectory() ? "directory" : "special file";
  }

  private void read(String path, InputStream content, SurveyResult.Builder result)
      throws IOException {
    MessageDigest sha256 = sha256();
    byte[] head = content.readNBytes(BINARY_PROBE_BYTES);
    boolean binary = indexOf(head, (byte) 0, head.length) >= 0;
    TextCount count = new TextCount();
    byte[] buffer = new byte[1 << 16];
    System.arraycopy(head, 0, buffer, 0, head.length);
    long sizeBytes = 0;
    for (int length = head.length; length > 0; length = Math.max(0, content.read(buffer))) {
      sizeBytes += length;
      if (sizeBytes > MAX_FILE_BYTES) {
        // It grew while it was read.
        result.setKind(FileKind.FILE_KIND_TOO_LARGE).setSizeBytes(sizeBytes);
        return;
      }
      sha256.update(buffer, 0, length);
      if (!binary) {
        count.add(buffer, length);
      }
    }
    result
        .setKind(binary ? FileKind.FILE_KIND_BINARY : FileKind.FILE_KIND_TEXT)
        .setSizeBytes(sizeBytes)
        .setSha256(ByteString.copyFrom(sha256.digest()));
    if (!binary) {
      result.setLanguage(languages.of(path, firstLine(head)));
      count.end(result);
    }
  }

  private static String firstLine(byte[] head) {
    int end = indexOf(head, (byte) '\n', Math.min(head.length, FIRST_LINE_MAX_BYTES));
    int length = end < 0 ? Math.min(head.length, FIRST_LINE_MAX_BYTES) : end;
    return new String(head, 0, length, StandardCharsets.UTF_8);
  }

  private static int indexOf(byte[] bytes, byte wanted, int end) {
    for (int i = 0; i < end; i++) {
      if (bytes[i] == wanted) {
        return i;
      }
    }
    return -1;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Expected SHA-256, which every JDK has, but found none.", e);
    }
  }
}
