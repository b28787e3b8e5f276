package dev.swarmlog.generate;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The files of the contract and all that they import, as they lie in the jars of this program.
 *
 * @param texts by path, such as swarmlog/v1/session.proto; sorted
 */
record ContractFiles(TreeMap<String, String> texts) {

  private static final String FOLDER = "swarmlog/v1/";
  private static final String GOOGLE_RPC = "google/rpc/";
  private static final Pattern IMPORT = Pattern.compile("(?m)^import (?:public )?\"([^\"]+)\";");
  private static final Pattern SERVICE = Pattern.compile("(?m)^service ");

  /** What errors carry inside google.rpc.Status, which no file of ours imports. */
  private static final String ERROR_DETAILS = "google/rpc/error_details.proto";

  static ContractFiles read() throws IOException {
    Deque<String> open = new ArrayDeque<>(ownPaths());
    open.add(ERROR_DETAILS);
    TreeMap<String, String> texts = new TreeMap<>();
    while (!open.isEmpty()) {
      String path = open.remove();
      if (!texts.containsKey(path)) {
        String text = text(path);
        texts.put(path, text);
        Matcher imported = IMPORT.matcher(text);
        while (imported.find()) {
          open.add(imported.group(1));
        }
      }
    }
    return new ContractFiles(texts);
  }

  /** The contract itself. */
  List<String> own() {
    return texts.keySet().stream().filter(path -> path.startsWith(FOLDER)).toList();
  }

  /** The contract, and the messages of google.rpc that it uses. */
  List<String> ownAndGoogleRpc() {
    return texts.keySet().stream()
        .filter(path -> path.startsWith(FOLDER) || path.startsWith(GOOGLE_RPC))
        .toList();
  }

  /** Those that have services. */
  List<String> services() {
    return own().stream().filter(path -> SERVICE.matcher(texts.get(path)).find()).toList();
  }

  /** Writes all of them below a folder. */
  void writeInto(Path folder) throws IOException {
    for (Map.Entry<String, String> file : texts.entrySet()) {
      Path path = folder.resolve(file.getKey());
      Files.createDirectories(path.getParent());
      Files.writeString(path, file.getValue());
    }
  }

  private static String text(String path) throws IOException {
    try (InputStream in = ContractFiles.class.getClassLoader().getResourceAsStream(path)) {
      if (in == null) {
        throw new IOException(
            "Expected " + path + " among the jars of this program, but it is not");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static List<String> ownPaths() throws IOException {
    URL one = ContractFiles.class.getClassLoader().getResource(FOLDER + "errors.proto");
    if (one == null) {
      throw new IOException("Expected the contract among the jars of this program, but it is not");
    }
    try {
      URI uri = one.toURI();
      if (!uri.getScheme().equals("jar")) {
        return list(Path.of(uri).resolveSibling(""));
      }
      URI jar = URI.create(uri.toString().substring(0, uri.toString().indexOf('!')));
      try (FileSystem files =
          FileSystems.newFileSystem(Path.of(URI.create(jar.getSchemeSpecificPart())))) {
        return list(files.getPath(FOLDER));
      }
    } catch (URISyntaxException e) {
      throw new IOException(e);
    }
  }

  private static List<String> list(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> FOLDER + file.getFileName())
          .filter(path -> path.endsWith(".proto"))
          .sorted()
          .toList();
    }
  }
}
