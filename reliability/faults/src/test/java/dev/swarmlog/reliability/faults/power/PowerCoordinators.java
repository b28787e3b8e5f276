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

/** Which coordinators lose their power. */
final class PowerCoordinators {
  /** The distribution's. */
  static final PowerRound.Coordinators BUILT =
      new PowerRound.Coordinators() {
        @Override
        public CoordinatorProcess.Builder on(Children children, Path dataDirectory) {
          return Distribution.coordinator(children, dataDirectory);
        }

        @Override
        public Children children(Path logs) throws IOException, InterruptedException {
          return Distribution.children(logs);
        }
      };

  private PowerCoordinators() {}

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
