package dev.swarmlog.console;

import com.google.gson.JsonObject;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * What a request is answered with, whole in memory.
 *
 * @param status of HTTP
 * @param contentType media type
 * @param body not changed by anyone
 */
@SuppressWarnings("ArrayRecordComponent")
record Answer(int status, String contentType, byte[] body) {

  static Answer text(int status, String message) {
    return new Answer(
        status, "text/plain; charset=utf-8", (message + "\n").getBytes(StandardCharsets.UTF_8));
  }

  static Answer json(String json) {
    return new Answer(200, "application/json", json.getBytes(StandardCharsets.UTF_8));
  }

  /** A failure as {@code {"code": …, "error": …}}. */
  static Answer failure(int status, String code, String message) {
    JsonObject object = new JsonObject();
    object.addProperty("code", code);
    object.addProperty("error", message);
    return new Answer(
        status, "application/json", object.toString().getBytes(StandardCharsets.UTF_8));
  }

  static Answer unknownPath() {
    return text(404, "There is no such page. The console is at /.");
  }

  /** Sends it; waits until the client has taken it, or its time is over. */
  void send(HttpExchange exchange) throws IOException {
    try (exchange) {
      exchange.getResponseHeaders().set("Content-Type", contentType);
      boolean head = exchange.getRequestMethod().equals("HEAD");
      exchange.sendResponseHeaders(status, head ? -1 : body.length);
      if (!head) {
        exchange.getResponseBody().write(body);
      }
    }
  }
}
