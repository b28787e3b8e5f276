package dev.swarmlog.demo.process;

import java.io.File;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How to start another JVM of this program: the same java, class path and main class. Immutable.
 *
 * @param program what stands between java's options and the program's arguments: class path and
 *     main class, or a jar
 */
public record Launch(String java, List<String> program) {
  /**
   * Names the main class where the running one is not the program's own, as under a test runner.
   */
  public static final String MAIN_CLASS_PROPERTY = "swarmlog.main";

  private static final List<String> INHERITED =
      List.of(
          "-Dswarmlog.",
          "-Djava.library.path=",
          "-XX:SharedArchiveFile=",
          "-Xlog",
          "--add-",
          "--enable-native-access",
          "--sun-misc-unsafe-memory-access");

  public Launch {
    program = List.copyOf(program);
  }

  /**
   * How this JVM was started.
   *
   * @throws IllegalStateException if that cannot be told
   */
  public static Launch ofThisProcess() {
    String java =
        ProcessHandle.current()
            .info()
            .command()
            .orElseGet(() -> Path.of(System.getProperty("java.home"), "bin", "java").toString());
    List<String> program = new ArrayList<>(inherited());
    String classPath = System.getProperty("java.class.path", "");
    String mainClass = System.getProperty(MAIN_CLASS_PROPERTY, "");
    if (mainClass.isEmpty()) {
      // "main class or jar, then the arguments": set by the java launcher of every OpenJDK.
      mainClass = System.getProperty("sun.java.command", "").split(" ", 2)[0];
    }
    if (mainClass.isEmpty() || classPath.isEmpty()) {
      throw new IllegalStateException(
          "Expected to know how this program was started, but its main class is not known. Set -D"
              + MAIN_CLASS_PROPERTY
              + "=<main class>.");
    }
    if (mainClass.endsWith(".jar")) {
      program.addAll(List.of("-jar", mainClass));
    } else {
      // A module is named "module/class"; on the class path the class alone counts.
      program.addAll(
          List.of("-cp", absolute(classPath), mainClass.substring(mainClass.indexOf('/') + 1)));
    }
    return new Launch(java, program);
  }

  /**
   * How an unpacked distribution is started, with what its launcher has prepared for a faster
   * start.
   *
   * @param home with {@code lib} in it
   * @param java the runtime's program
   */
  public static Launch ofDistribution(Path home, String java) {
    List<String> program = new ArrayList<>(List.of("-Xlog:disable", "-Xlog:all=error:stderr"));
    Path prepared = home.resolve("prepared");
    if (Files.isDirectory(prepared)) {
      program.add("-Djava.library.path=" + prepared);
    }
    if (Files.isReadable(prepared.resolve("classes.jsa"))) {
      program.add("-XX:SharedArchiveFile=" + prepared.resolve("classes.jsa"));
    }
    program.addAll(
        List.of("-cp", home.resolve("lib/swarmlog-cli.jar").toString(), "dev.swarmlog.cli.Main"));
    return new Launch(java, program);
  }

  /** The whole command line of a child. */
  public List<String> command(List<String> jvmOptions, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(java);
    command.addAll(jvmOptions);
    command.addAll(program);
    command.addAll(arguments);
    return command;
  }

  /**
   * Options of this JVM that a child needs too: what opens modules and starts faster, and the
   * program's own settings.
   */
  private static List<String> inherited() {
    return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> INHERITED.stream().anyMatch(option::startsWith))
        .toList();
  }

  private static String absolute(String classPath) {
    List<String> entries = new ArrayList<>();
    for (String entry : classPath.split(File.pathSeparator)) {
      entries.add(entry.endsWith("*") ? entry : Path.of(entry).toAbsolutePath().toString());
    }
    return String.join(File.pathSeparator, entries);
  }
}
