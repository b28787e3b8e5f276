package dev.swarmlog.server.configuration;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigIncluderClasspath;
import com.typesafe.config.ConfigIncluderFile;
import com.typesafe.config.ConfigIncluderURL;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * A configuration file with all that it includes, in HOCON or JSON.
 *
 * <p>Stricter than HOCON, where a file to include may be missing and its ending be left out: a
 * coordinator that starts without a part of its settings is worse than one that does not start.
 * Read by one thread.
 */
final class ConfigurationFile {

  private static final long MAX_BYTES = 1_048_576;

  /** Those being read, the innermost first; each was included by the next. */
  private final Deque<Path> open = new ArrayDeque<>();

  private final ConfigParseOptions options =
      ConfigParseOptions.defaults().setAllowMissing(false).setIncluder(new FilesOnly());

  private ConfigurationFile() {}

  /**
   * Reads a file of at most {@value #MAX_BYTES} bytes, as are those that it includes.
   *
   * @throws ConfigurationException if it, or one that it includes, cannot be read
   */
  static Config read(Path file) throws ConfigurationException {
    try {
      return new ConfigurationFile().parse("a configuration file", file).resolve();
    } catch (Refused e) {
      throw new ConfigurationException(List.of(e.problem));
    } catch (ConfigException e) {
      throw new ConfigurationException(List.of(unreadable(file, String.valueOf(e.getMessage()))));
    } catch (StackOverflowError e) {
      // The parser calls itself for each level.
      throw new ConfigurationException(List.of(unreadable(file, "it is nested too deeply")));
    }
  }

  /**
   * Reads one file.
   *
   * @param what it should be, such as "a configuration file"
   */
  private Config parse(String what, Path file) {
    Path path = real(what, file);
    if (open.contains(path)) {
      throw new Refused(
          "Expected %s that is not being read already, but %s includes itself; remove one include"
              .formatted(what, file));
    }
    open.push(path);
    try {
      return ConfigFactory.parseFile(file.toFile(), options);
    } catch (ConfigException.Parse e) {
      throw new Refused(
          "Expected %s in HOCON or JSON, but %s cannot be read: %s"
              .formatted(what, file, e.getMessage()));
    } finally {
      open.pop();
    }
  }

  private static Path real(String what, Path file) {
    try {
      if (!Files.exists(file) || !Files.isReadable(file)) {
        throw new Refused(
            "Expected %s that can be read, but there is none at %s; correct the name or the file's permissions"
                .formatted(what, file));
      }
      // Others, such as devices and pipes, may never end.
      if (!Files.isRegularFile(file)) {
        throw new Refused(
            "Expected %s of at most %,d bytes, but %s is no regular file"
                .formatted(what, MAX_BYTES, file));
      }
      long bytes = Files.size(file);
      if (bytes > MAX_BYTES) {
        throw new Refused(
            "Expected %s of at most %,d bytes, but %s has %,d bytes"
                .formatted(what, MAX_BYTES, file, bytes));
      }
      return file.toRealPath();
    } catch (IOException e) {
      throw new Refused("Expected %s, but %s cannot be read: %s".formatted(what, file, e));
    }
  }

  private static String unreadable(Path file, String why) {
    return "Expected a configuration file in HOCON or JSON, but %s cannot be read: %s"
        .formatted(file, why);
  }

  /** Reads what is included: files, named as they are or from the folder of the one including. */
  private final class FilesOnly
      implements ConfigIncluder, ConfigIncluderFile, ConfigIncluderURL, ConfigIncluderClasspath {

    @Override
    public ConfigIncluder withFallback(ConfigIncluder fallback) {
      // What this one does not find is not looked for elsewhere.
      return this;
    }

    @Override
    public ConfigObject include(ConfigIncludeContext context, String what) {
      Path file;
      try {
        file = open.element().resolveSibling(what);
      } catch (InvalidPathException e) {
        throw noFile(what);
      }
      return parse("a file to include from %s".formatted(open.element()), file).root();
    }

    @Override
    public ConfigObject includeFile(ConfigIncludeContext context, File what) {
      return include(context, what.getPath());
    }

    @Override
    public ConfigObject includeURL(ConfigIncludeContext context, URL what) {
      throw noFile(what.toString());
    }

    @Override
    public ConfigObject includeResources(ConfigIncludeContext context, String what) {
      throw noFile(what);
    }

    private Refused noFile(String what) {
      return new Refused(
          "Expected a file to include from %s, but %s is no file; name one, from the folder of the file that includes it"
              .formatted(open.element(), what));
    }
  }

  /** Carries a problem through the parser, which knows only unchecked exceptions. */
  private static final class Refused extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String problem;

    Refused(String problem) {
      super(problem);
      this.problem = problem;
    }
  }
}
