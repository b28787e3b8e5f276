package dev.swarmlog.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A Chromium without a screen, driven by the WebDriver protocol of chromedriver (W3C WebDriver). It
 * reaches no network: every other name resolves to nothing. Used by one thread.
 */
final class Browser implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final Pattern STARTED = Pattern.compile("successfully on port (\\d+)");
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  private final Process driver;
  private final String session;
  private final List<String> requests = new ArrayList<>();

  private Browser(Process driver, String session) {
    this.driver = driver;
    this.session = session;
  }

  /** Whether the machine has one: chromium and chromedriver on the PATH. */
  static boolean isThere() {
    return program("chromium").isPresent() && program("chromedriver").isPresent();
  }

  private static Optional<Path> program(String name) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
        .map(folder -> Path.of(folder).resolve(name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** Starts one with a profile of its own. */
  static Browser start(Path profile) throws IOException, InterruptedException {
    Process driver =
        new ProcessBuilder(program("chromedriver").orElseThrow().toString(), "--port=0")
            .redirectErrorStream(true)
            .start();
    String address = "http://localhost:" + port(driver.inputReader()) + "/session";
    List<String> arguments =
        List.of(
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost",
            "--user-data-dir=" + profile);
    Map<String, Object> capabilities =
        Map.of(
            "browserName",
            "chrome",
            "goog:chromeOptions",
            Map.of("binary", program("chromium").orElseThrow().toString(), "args", arguments),
            "goog:loggingPrefs",
            Map.of("browser", "ALL", "performance", "ALL"));
    try {
      JsonNode started =
          send("POST", address, Map.of("capabilities", Map.of("alwaysMatch", capabilities)));
      return new Browser(driver, address + "/" + started.get("sessionId").asText());
    } catch (IOException | RuntimeException e) {
      driver.destroyForcibly();
      throw e;
    }
  }

  private static int port(BufferedReader said) throws IOException {
    String line = said.readLine();
    while (line != null) {
      Matcher started = STARTED.matcher(line);
      if (started.find()) {
        return Integer.parseInt(started.group(1));
      }
      line = said.readLine();
    }
    throw new IOException("Expected chromedriver to say its port, but it ended");
  }

  /** Opens an address, and waits until its files are there. */
  void open(String address) throws IOException, InterruptedException {
    // An address that differs in its fragment only would open nothing.
    send("POST", session + "/url", Map.of("url", "about:blank"));
    send("POST", session + "/url", Map.of("url", address));
  }

  /** What a script returns, as text. */
  String script(String body) throws IOException, InterruptedException {
    return send("POST", session + "/execute/sync", Map.of("script", body, "args", List.of()))
        .asText();
  }

  /** The text that a person sees of what a selector finds first; empty if it finds nothing. */
  String text(String selector) throws IOException, InterruptedException {
    return script(
        "return document.querySelector("
            + JSON.writeValueAsString(selector)
            + ")?.innerText ?? ''");
  }

  /** Presses keys, one after the other. */
  void press(String keys) throws IOException, InterruptedException {
    List<Map<String, String>> actions = new ArrayList<>();
    keys.codePoints()
        .mapToObj(Character::toString)
        .forEach(
            key -> {
              actions.add(Map.of("type", "keyDown", "value", key));
              actions.add(Map.of("type", "keyUp", "value", key));
            });
    send(
        "POST",
        session + "/actions",
        Map.of("actions", List.of(Map.of("type", "key", "id", "keyboard", "actions", actions))));
  }

  /** Looks as on a screen of this width, in points, and with this preference: light or dark. */
  void look(int width, int height, String scheme) throws IOException, InterruptedException {
    command(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 500));
    command(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
  }

  private void command(String name, Map<String, Object> parameters)
      throws IOException, InterruptedException {
    send("POST", session + "/goog/cdp/execute", Map.of("cmd", name, "params", parameters));
  }

  /** Writes what is seen as PNG. */
  void screenshot(Path file) throws IOException, InterruptedException {
    Files.createDirectories(file.getParent());
    Files.write(
        file, Base64.getDecoder().decode(send("GET", session + "/screenshot", Map.of()).asText()));
  }

  /** What the page complained of since it was asked last. */
  List<String> complaints() throws IOException, InterruptedException {
    List<String> complaints = new ArrayList<>();
    for (JsonNode entry : send("POST", session + "/se/log", Map.of("type", "browser"))) {
      complaints.add(entry.get("level").asText() + " " + entry.get("message").asText());
    }
    return complaints;
  }

  /** The address of every request since the start, but for what lies in the browser itself. */
  List<String> requests() throws IOException, InterruptedException {
    for (JsonNode entry : send("POST", session + "/se/log", Map.of("type", "performance"))) {
      JsonNode message = JSON.readTree(entry.get("message").asText()).get("message");
      if (message.get("method").asText().equals("Network.requestWillBeSent")) {
        String address = message.at("/params/request/url").asText();
        if (!address.matches("(chrome|about|data):.*")) {
          requests.add(address);
        }
      }
    }
    return requests;
  }

  private static JsonNode send(String method, String address, Map<String, ?> body)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(address))
            .timeout(TIMEOUT)
            .method(
                method,
                method.equals("POST")
                    ? HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body))
                    : HttpRequest.BodyPublishers.noBody())
            .build();
    HttpResponse<String> response = CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() != 200) {
      throw new IOException("%s %s: %s".formatted(method, address, response.body()));
    }
    return JSON.readTree(response.body()).get("value");
  }

  @Override
  public void close() throws InterruptedException {
    try {
      send("DELETE", session, Map.of());
    } catch (IOException e) {
      // It has ended by itself.
    }
    driver.destroy();
    driver.waitFor();
  }
}
