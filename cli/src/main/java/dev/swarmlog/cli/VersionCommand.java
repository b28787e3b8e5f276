package dev.swarmlog.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;

/** Shows the version of this program and of what it runs on. */
@Command(name = "version", description = "Show the version.")
final class VersionCommand implements Runnable, IVersionProvider {

  @Mixin private OutputOptions outputOptions;

  @Override
  public String[] getVersion() {
    return new String[] {line()};
  }

  private static String line() {
    return "swarmlog %s (Java %s, %s %s)"
        .formatted(
            Version.text(),
            Runtime.version(),
            System.getProperty("os.name"),
            System.getProperty("os.arch"));
  }

  @Override
  public void run() {
    Output output = outputOptions.output();
    if (outputOptions.json()) {
      Map<String, Object> answer = new LinkedHashMap<>();
      answer.put("version", Version.text());
      answer.put("java", Runtime.version().toString());
      answer.put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
      output.json(answer);
    } else {
      output.line(line());
    }
  }
}
