package dev.swarmlog.console;

import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * What every request passes: only GET, only by a name of this machine, and of bounded length. Every
 * answer forbids the browser to load anything from elsewhere, to keep it, or to show it within
 * another page.
 *
 * <p>The name matters because a page of somebody else may have its own name point to 127.0.0.1 (DNS
 * rebinding); its requests still carry that name.
 */
final class Gate extends Filter {

  private static final Pattern OF_THIS_MACHINE =
      Pattern.compile("(localhost|127\\.0\\.0\\.1|\\[::1])(:\\d{1,5})?");

  private static final String CONTENT_SECURITY_POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  @Override
  public void doFilter(HttpExchange exchange, Chain chain) throws IOException {
    Headers headers = exchange.getResponseHeaders();
    headers.set("Content-Security-Policy", CONTENT_SECURITY_POLICY);
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("X-Frame-Options", "DENY");
    headers.set("Referrer-Policy", "no-referrer");
    headers.set("Cross-Origin-Resource-Policy", "same-origin");
    headers.set("Cross-Origin-Opener-Policy", "same-origin");
    headers.set("Cache-Control", "no-store");
    if (!namesThisMachine(exchange.getRequestHeaders())) {
      Answer.text(
              403,
              "Expected a request to localhost, 127.0.0.1 or [::1], but it names another machine.")
          .send(exchange);
    } else if (!exchange.getRequestMethod().equals("GET")) {
      headers.set("Allow", "GET");
      Answer.text(405, "Expected GET: the console only shows, it changes nothing.").send(exchange);
    } else if (exchange.getRequestURI().toString().length() > ConsoleLimits.TARGET_CHARS) {
      Answer.text(
              414,
              "Expected path and query of at most %d characters."
                  .formatted(ConsoleLimits.TARGET_CHARS))
          .send(exchange);
    } else {
      chain.doFilter(exchange);
    }
  }

  private static boolean namesThisMachine(Headers headers) {
    List<String> hosts = headers.getOrDefault("Host", List.of());
    return hosts.size() == 1
        && OF_THIS_MACHINE.matcher(hosts.get(0).toLowerCase(Locale.ROOT)).matches();
  }

  @Override
  public String description() {
    return "GET, by a name of this machine";
  }
}
