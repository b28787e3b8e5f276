package dev.swarmlog.demo.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With real processes: what must not be left behind cannot be shown with anything else. */
class ChildrenTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path folder;

  private final Queue<Status> said = new ConcurrentLinkedQueue<>();
  private final List<ProcessHandle> seen = new ArrayList<>();

  @AfterEach
  void leaveNothingBehind() {
    seen.forEach(ProcessHandle::destroyForcibly);
  }

  @Test
  void shouldHearWhatAChildSaysAndLetItEnd() throws Exception {
    // given
    try (Children children = new Children(launch(), folder)) {
      Child child = children.start("endless", List.of(), List.of(), said::add);
      await().atMost(PATIENCE).until(() -> !said.isEmpty());

      // when
      child.letGo();

      // then
      assertThat(child.awaitEnd(PATIENCE.toMillis())).isTrue();
      assertThat(child.exitCode()).isEqualTo(7);
      assertThat(said).containsExactly(new Status.Trouble("I am " + child.pid(), false));
    }
  }

  @Test
  void shouldKillWhatIsLeftWhenClosed() throws IOException {
    // given
    Children children = new Children(launch(), folder);
    Child child = children.start("endless", List.of(), List.of(), said::add);

    // when
    children.close();

    // then
    assertThat(child.isAlive()).isFalse();
  }

  @Test
  void shouldLeaveNoGrandchildWhenAChildIsAskedToTerminate() throws IOException {
    // given
    ProcessHandle grandchild = startParentAndGrandchild();

    // when: the signal that Ctrl-C and `kill` end in the same hook for
    seen.get(0).destroy();

    // then
    await().atMost(PATIENCE).until(() -> !grandchild.isAlive());
  }

  @Test
  void shouldLeaveNoGrandchildWhenAChildIsKilled() throws IOException {
    // given
    ProcessHandle grandchild = startParentAndGrandchild();

    // when
    seen.get(0).destroyForcibly();

    // then
    await().atMost(PATIENCE).until(() -> !grandchild.isAlive());
  }

  private ProcessHandle startParentAndGrandchild() throws IOException {
    Child parent =
        Child.start(
            "parent",
            launch().command(List.of(), List.of("parent", folder.toString())),
            Map.of(),
            folder.resolve("parent.log"),
            line -> StatusLines.parse(line).ifPresent(said::add));
    seen.add(ProcessHandle.of(parent.pid()).orElseThrow());
    await().atMost(PATIENCE).until(() -> said.size() == 2);
    for (Status status : said) {
      long pid = Long.parseLong(((Status.Trouble) status).message().substring("I am ".length()));
      if (pid != parent.pid()) {
        seen.add(ProcessHandle.of(pid).orElseThrow());
      }
    }
    assertThat(seen).hasSize(2).allMatch(ProcessHandle::isAlive);
    return seen.get(1);
  }

  private static Launch launch() {
    // The class path of the test runner may be hidden in a jar's manifest.
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return new Launch(
        ProcessHandle.current().info().command().orElseThrow(),
        List.of(
            "-D" + Launch.MAIN_CLASS_PROPERTY + "=" + EndlessChild.class.getName(),
            "-cp",
            classPath.replace(File.pathSeparator + File.pathSeparator, File.pathSeparator),
            EndlessChild.class.getName()));
  }
}
