package dev.swarmlog.conformance.cases;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class CasesTest {
  @Test
  void shouldReadEveryCaseThatComesWithTheSuite() {
    // when, then
    assertThat(CaseFiles.all())
        .hasSizeGreaterThan(50)
        .allSatisfy(
            one -> {
              assertThat(one.about().strip()).endsWith(".");
              assertThat(one.steps()).isNotEmpty();
            });
  }

  @Test
  void shouldUseEveryStepInSomeCase() {
    // given
    Set<Class<?>> used =
        CaseFiles.all().stream()
            .flatMap(one -> one.steps().stream())
            .map(Object::getClass)
            .collect(Collectors.toSet());

    // when, then
    assertThat(CaseReader.vocabulary())
        .allSatisfy((name, verb) -> assertThat(used).as(name).contains(verb));
  }

  @Test
  void shouldDescribeEveryStepInTheReadme() throws IOException {
    // given
    String readme = Files.readString(Path.of("README.md"));

    // when
    Set<String> missing = new TreeSet<>(CaseReader.vocabulary().keySet());
    missing.removeIf(name -> readme.contains("`" + name + "`"));

    // then
    assertThat(missing).isEmpty();
  }

  @Test
  void shouldSayWhatIsWrongWithAStepItDoesNotKnow() {
    // when, then
    assertThatThrownBy(
            () ->
                CaseReader.read("mine", "about: It works.\ngroup: nack\nsteps:\n  - deliverr: 3\n"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("mine")
        .hasMessageContaining("deliverr");
  }

  @Test
  void shouldSayWhatIsWrongWithAFieldItDoesNotKnow() {
    // when, then
    assertThatThrownBy(
            () ->
                CaseReader.read(
                    "mine", "about: It works.\ngroup: nack\nsteps:\n  - deliver: {too: 3}\n"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("too");
  }
}
