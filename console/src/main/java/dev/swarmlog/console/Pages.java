package dev.swarmlog.console;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;

/**
 * The files of the page. They are a fixed set, held in memory; a path is looked up, never opened.
 */
final class Pages implements HttpHandler {

  private static final String SCRIPT = "text/javascript; charset=utf-8";

  private static final String HTML = "text/html; charset=utf-8";

  private static final Map<String, String> CONTENT_TYPES =
      Map.of(
          "index.html", HTML,
          "console.css", "text/css; charset=utf-8",
          "icon.svg", "image/svg+xml",
          "console.js", SCRIPT,
          "coordinator.js", SCRIPT,
          "elements.js", SCRIPT,
          "overview.js", SCRIPT,
          "swarm.js", SCRIPT,
          "operation.js", SCRIPT,
          "texts.js", SCRIPT);

  private final Map<String, Answer> answers = new HashMap<>();

  Pages() {
    CONTENT_TYPES.forEach(
        (name, type) -> answers.put("/" + name, new Answer(200, type, read(name))));
    answers.put("/", new Answer(200, HTML, read("index.html")));
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    answers.getOrDefault(exchange.getRequestURI().getPath(), Answer.unknownPath()).send(exchange);
  }

  private static byte[] read(String name) {
    try (InputStream file = Pages.class.getResourceAsStream(name)) {
      if (file == null) {
        throw new IllegalStateException("Expected %s beside this class".formatted(name));
      }
      return file.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
