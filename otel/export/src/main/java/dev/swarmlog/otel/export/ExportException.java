package dev.swarmlog.otel.export;

import java.util.List;

/** A destination that cannot be used; the message is fit to be shown to a person as it is. */
public final class ExportException extends Exception {

  private static final long serialVersionUID = 1L;

  ExportException(List<String> problems) {
    super(String.join(System.lineSeparator(), problems));
  }

  ExportException(String message) {
    super(message);
  }

  ExportException(String message, Throwable cause) {
    super(message, cause);
  }
}
