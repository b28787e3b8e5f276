package dev.swarmlog.reliability.faults.power;

import dev.swarmlog.demo.process.Children;
import dev.swarmlog.demo.process.CoordinatorProcess;
import dev.swarmlog.demo.process.Launch;
import dev.swarmlog.reliability.bug.BuggyCoordinator;
import dev.swarmlog.reliability.bug.SeededBug;
import dev.swarmlog.reliability.faults.Distribution;
import dev.swarmlog.reliability.faults.TestProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Which coordinators lose their power. */
final class PowerCoordinators {
  /** So small that the store flushes them and compacts what came of it all the time: 1 MiB. */
  private static final String SMALL_BUFFERS = "-Dswarmlog.storage.divisor=256";

  /** The distribution's. */
  static final PowerRound.Coordinators BUILT = built(TestProgram.FAST_JVM);

  /** The distribution's, with write buffers that hardly hold a few hundred groups. */
  static final PowerRound.Coordinators WITH_SMALL_BUFFERS =
      built(Stream.concat(TestProgram.FAST_JVM.stream(), Stream.of(SMALL_BUFFERS)).toList());

  private PowerCoordinators() {}

  private static PowerRound.Coordinators built(List<String> jvmOptions) {
    return new PowerRound.Coordinators() {
      @Override
      public CoordinatorProcess.Builder on(Children children, Path dataDirectory) {
        return Distribution.coordinator(children, dataDirectory).jvmOptions(jvmOptions);
      }

      @Override
      public Children children(Path logs) throws IOException, InterruptedException {
        return Distribution.children(logs);
      }
    };
  }

  /** One with a bug. */
  static PowerRound.Coordinators with(SeededBug bug) {
    Launch program = TestProgram.launch(BuggyCoordinator.class);
    List<String> withBug = new ArrayList<>(program.program());
    withBug.add(bug.name());
    Launch launch = new Launch(program.java(), withBug);
    return new PowerRound.Coordinators() {
      @Override
      public CoordinatorProcess.Builder on(Children children, Path dataDirectory) {
        return CoordinatorProcess.on(children, dataDirectory)
            .inItsPlace(launch)
            .jvmOptions(TestProgram.FAST_JVM)
            .arguments("--drain-timeout", "1s");
      }

      @Override
      public Children children(Path logs) throws IOException {
        return new Children(launch, Files.createDirectories(logs));
      }
    };
  }
}
