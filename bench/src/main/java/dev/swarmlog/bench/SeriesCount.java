package dev.swarmlog.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What a Prometheus is told at one time.
 *
 * @param series lines with a value, as a Prometheus counts: a histogram is one for each bucket, its
 *     sum and its count
 * @param runtimeSeries those of them that tell of the Java runtime and of the process
 * @param pageBytes of the answer, not compressed
 * @param pageMs from asking until all of it was there
 */
record SeriesCount(long series, long runtimeSeries, long pageBytes, long pageMs) {

  private static final String OWN = "swarmlog";

  /** Asks the Prometheus port of a coordinator on this machine. */
  static SeriesCount read(int port) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://localhost:%d/metrics".formatted(port))).build();
    long beganNs = System.nanoTime();
    HttpResponse<String> answer =
        HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    long tookNs = System.nanoTime() - beganNs;
    if (answer.statusCode() != 200) {
      throw new IOException(
          "Expected the coordinator to tell its metrics, but it answered " + answer.statusCode());
    }
    return of(answer.body(), TimeUnit.NANOSECONDS.toMillis(tookNs));
  }

  static SeriesCount of(String page, long pageMs) {
    List<String> samples =
        page.lines().filter(line -> !line.isBlank() && !line.startsWith("#")).toList();
    return new SeriesCount(
        samples.size(),
        samples.stream().filter(line -> !line.startsWith(OWN)).count(),
        page.getBytes(StandardCharsets.UTF_8).length,
        pageMs);
  }

  /** Those that tell of swarms, and of the coordinator as such. */
  long ownSeries() {
    return series - runtimeSeries;
  }

  Map<String, Object> map() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("series", series);
    map.put("runtimeSeries", runtimeSeries);
    map.put("pageBytes", pageBytes);
    map.put("pageMs", pageMs);
    return map;
  }
}
