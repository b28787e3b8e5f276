package dev.swarmlog.storage;

/**
 * The store cannot be opened, or can no longer be trusted.
 *
 * <p>The message says what was expected, what was found and what to do; it is fit to be shown to a
 * person.
 */
public final class StorageException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final Kind kind;

  /** What kind of trouble it is; decides the exit code. */
  public enum Kind {
    /** Another process has the directory. */
    LOCKED,
    /** The directory cannot be written. */
    READ_ONLY,
    /** The directory is not one of ours. */
    FOREIGN,
    /** The format is of a newer version. */
    NEWER_FORMAT,
    /** Data is damaged or missing. */
    DAMAGED,
    /** Data is damaged so that no repair can begin. */
    BEYOND_REPAIR,
    /** No space left. */
    DISK_FULL,
    /** Reading or writing failed. */
    IO
  }

  public StorageException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  public StorageException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}
