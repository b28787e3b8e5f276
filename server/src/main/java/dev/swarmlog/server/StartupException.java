package dev.swarmlog.server;

import dev.swarmlog.storage.StorageException;

/** The coordinator could not start; the message is fit to be shown to a person as it is. */
public final class StartupException extends Exception {

  private static final long serialVersionUID = 1L;

  private final Kind kind;

  /** What kept it from starting; decides the exit code. */
  public enum Kind {
    /** A configuration value is unknown or wrong. */
    CONFIGURATION,
    /** The port is in use by another process. */
    PORT_IN_USE,
    /** The address is not one of this machine, or may not be listened on. */
    ADDRESS_UNAVAILABLE,
    /** A certificate or key cannot be used. */
    TLS,
    /** Another process has the data directory. */
    STORE_LOCKED,
    /** The data directory cannot be written. */
    STORE_READ_ONLY,
    /** The data directory is not one of ours. */
    STORE_FOREIGN,
    /** The data directory was written by a newer version. */
    STORE_NEWER_FORMAT,
    /** Data is damaged or missing. */
    STORE_DAMAGED,
    /** No space left. */
    STORE_DISK_FULL,
    /** Reading or writing failed. */
    STORE_IO
  }

  public StartupException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  public StartupException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  static StartupException of(StorageException e) {
    Kind kind =
        switch (e.kind()) {
          case LOCKED -> Kind.STORE_LOCKED;
          case READ_ONLY -> Kind.STORE_READ_ONLY;
          case FOREIGN -> Kind.STORE_FOREIGN;
          case NEWER_FORMAT -> Kind.STORE_NEWER_FORMAT;
          case DAMAGED, BEYOND_REPAIR -> Kind.STORE_DAMAGED;
          case DISK_FULL -> Kind.STORE_DISK_FULL;
          case IO -> Kind.STORE_IO;
        };
    return new StartupException(kind, String.valueOf(e.getMessage()), e);
  }

  public Kind kind() {
    return kind;
  }
}
