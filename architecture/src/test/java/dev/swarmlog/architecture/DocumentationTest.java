package dev.swarmlog.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Follows every relative link of every Markdown page, to its file and to its heading, and holds
 * pages that show the same thing to each other.
 */
class DocumentationTest {

  /** Tests run in the module's folder. */
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  private static final Set<String> NOT_OURS = Set.of("target", "node_modules");
  private static final Pattern LINK = Pattern.compile("]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("^#+ +(.*)$", Pattern.MULTILINE);
  private static final Pattern CODE_BLOCK = Pattern.compile("(?ms)^```.*?^```");

  private static final Pattern PROGRAM = Pattern.compile("(?ms)^```java\n(import .*?)^```");

  @TempDir private Path folder;

  static List<Path> pages() throws IOException {
    List<Path> pages = new ArrayList<>();
    Files.walkFileTree(
        ROOT,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
            String name = String.valueOf(directory.getFileName());
            return !directory.equals(ROOT) && (name.startsWith(".") || NOT_OURS.contains(name))
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (file.toString().endsWith(".md")) {
              pages.add(ROOT.relativize(file));
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return pages;
  }

  @ParameterizedTest
  @MethodSource("pages")
  void shouldLeadSomewhere(Path page) throws IOException {
    assertThat(brokenLinks(ROOT.resolve(page))).isEmpty();
  }

  @Test
  void shouldFindThePages() throws IOException {
    assertThat(pages()).contains(Path.of("README.md"), Path.of("docs", "architecture.md"));
  }

  @Test
  void shouldFindBrokenLinks() throws IOException {
    // given
    Path page = folder.resolve("page.md");
    Files.writeString(folder.resolve("other.md"), "# One heading, `of` two\n");
    Files.writeString(
        page,
        """
        # Top
        [good](other.md) [good](other.md#one-heading-of-two) [good](#top) [good](https://example.org/x)
        [bad](missing.md) [bad](other.md#two) [bad](#bottom)
        ```text
        [no link](in-a-code-block.md)
        ```
        """);

    // then
    assertThat(brokenLinks(page)).containsExactly("missing.md", "other.md#two", "#bottom");
  }

  @Test
  void shouldShowInTheReadmeTheAgentThatTheSdkRuns() throws IOException {
    // given: the SDK's ReadmeTest compiles and runs the one in its own page
    String program = firstProgram(ROOT.resolve(Path.of("sdk-java", "agent", "README.md")));

    // then
    assertThat(firstProgram(ROOT.resolve("README.md"))).isEqualTo(program);
  }

  private static String firstProgram(Path page) throws IOException {
    return PROGRAM
        .matcher(Files.readString(page))
        .results()
        .map(program -> program.group(1))
        .findFirst()
        .orElseThrow(() -> new AssertionError("Expected a program in " + page));
  }

  private static List<String> brokenLinks(Path page) throws IOException {
    List<String> links =
        LINK.matcher(withoutCodeBlocks(page))
            .results()
            .map(link -> link.group(1))
            .filter(link -> !link.contains("://") && !link.startsWith("mailto:"))
            .toList();
    List<String> broken = new ArrayList<>();
    for (String link : links) {
      if (!leadsSomewhere(page, link)) {
        broken.add(link);
      }
    }
    return broken;
  }

  private static boolean leadsSomewhere(Path page, String link) throws IOException {
    int hash = link.indexOf('#');
    String file = hash < 0 ? link : link.substring(0, hash);
    Path target = file.isEmpty() ? page : page.resolveSibling(file).normalize();
    if (!Files.exists(target)) {
      return false;
    }
    return hash < 0 || anchors(target).contains(link.substring(hash + 1));
  }

  /** The anchors that headings get: lower case, words joined by dashes, punctuation left out. */
  private static Set<String> anchors(Path page) throws IOException {
    return HEADING
        .matcher(withoutCodeBlocks(page))
        .results()
        .map(DocumentationTest::anchor)
        .collect(Collectors.toSet());
  }

  private static String anchor(MatchResult heading) {
    return heading
        .group(1)
        .strip()
        .toLowerCase(Locale.ROOT)
        .replaceAll("[^\\p{L}\\p{N} _-]", "")
        .replace(' ', '-');
  }

  private static String withoutCodeBlocks(Path page) throws IOException {
    return CODE_BLOCK.matcher(Files.readString(page)).replaceAll("");
  }
}
