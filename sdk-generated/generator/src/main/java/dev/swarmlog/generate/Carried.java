package dev.swarmlog.generate;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Properties;

/** The generators that come along inside the jar. */
final class Carried {

  private static final Properties PROPERTIES = properties();

  private Carried() {}

  /** The version of one that comes along. */
  static String version(String name) {
    String version = PROPERTIES.getProperty(name);
    if (version == null) {
      throw new IllegalStateException(
          "Expected carried.properties to name " + name + ", but it does not");
    }
    return version;
  }

  /** Whether those that are programs of the machine are for this one. */
  static boolean runsHere(Tool tool) {
    return tool == Tool.GRPC_KOTLIN || PROPERTIES.getProperty("platform").equals(platform());
  }

  /** What {@link #unpack} would unpack is for. */
  static String platform() {
    String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String machine = System.getProperty("os.arch").equals("aarch64") ? "aarch_64" : "x86_64";
    String system = os.startsWith("mac") ? "osx" : os.startsWith("windows") ? "windows" : "linux";
    return system + "-" + machine;
  }

  /**
   * Unpacks a generator.
   *
   * @param folder where to; exists
   * @return the program to run
   */
  static Path unpack(Tool tool, Path folder) throws IOException {
    if (tool == Tool.GRPC_KOTLIN) {
      Path jar = copy("protoc-gen-grpc-kotlin.jar", folder);
      return launcher(jar, folder);
    }
    Path program = copy(tool.executable(), folder);
    if (!program.toFile().setExecutable(true)) {
      throw new IOException("Expected to make " + program + " executable, but could not");
    }
    return program;
  }

  private static Path copy(String name, Path folder) throws IOException {
    try (InputStream in = Carried.class.getResourceAsStream("carried/" + name)) {
      if (in == null) {
        throw new IOException("Expected " + name + " to come along, but it is not in the jar");
      }
      Path file = folder.resolve(name);
      Files.copy(in, file);
      return file;
    }
  }

  /** A program that runs the jar: protoc starts programs only. */
  private static Path launcher(Path jar, Path folder) throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    boolean windows = platform().startsWith("windows");
    Path launcher = folder.resolve(windows ? "grpc-kotlin.bat" : "grpc-kotlin");
    List<String> lines =
        windows
            ? List.of("@\"" + java + "\" -jar \"" + jar + "\"")
            : List.of("#!/bin/sh", "exec '" + java + "' -jar '" + jar + "'");
    Files.write(launcher, lines, StandardCharsets.UTF_8);
    if (!launcher.toFile().setExecutable(true)) {
      throw new IOException("Expected to make " + launcher + " executable, but could not");
    }
    return launcher;
  }

  private static Properties properties() {
    Properties properties = new Properties();
    try (InputStream in = Carried.class.getResourceAsStream("carried.properties")) {
      properties.load(in);
      return properties;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
