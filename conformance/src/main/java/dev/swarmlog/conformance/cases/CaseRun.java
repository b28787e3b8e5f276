package dev.swarmlog.conformance.cases;

import dev.swarmlog.conformance.proxy.CuttingProxy;
import dev.swarmlog.conformance.scene.CaseFailure;
import dev.swarmlog.conformance.scene.Cut;
import dev.swarmlog.conformance.scene.Scene;
import dev.swarmlog.conformance.testee.TesteeException;
import dev.swarmlog.conformance.v1.AgentEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One run of a case: with the connection whole, or cut behind one of the messages. */
public final class CaseRun {
  private final Case played;
  private final TesteeSeat seat;
  private final Folders folders;
  private final Duration patience;

  /**
   * A run.
   *
   * @param patience for each thing that must happen
   */
  public CaseRun(Case played, TesteeSeat seat, Folders folders, Duration patience) {
    this.played = played;
    this.seat = seat;
    this.folders = folders;
    this.patience = patience;
  }

  /**
   * How it ended.
   *
   * @param failure null if the SDK did what it must
   * @param story what happened, if it failed
   * @param messages that passed between SDK and coordinator
   */
  public record Ending(@Nullable String failure, List<String> story, int messages) {
    public boolean passed() {
      return failure == null;
    }
  }

  /** Runs the case. */
  public Ending whole() {
    return run(CuttingProxy.NEVER);
  }

  /** Runs the case, and cuts all connections behind so many messages. */
  public Ending cutBehind(int messages) {
    return run(messages);
  }

  private Ending run(int cutBehind) {
    Scene scene = new Scene(patience);
    int passed = 0;
    try {
      Path directory = folders.create();
      try {
        Stage stage = new Stage(played, scene, seat, directory, cutBehind);
        try (stage) {
          play(stage);
        } finally {
          passed = stage.proxy.passed();
        }
        scene.verify();
      } finally {
        Folders.delete(directory);
      }
      return new Ending(null, List.of(), passed);
    } catch (CaseFailure e) {
      return new Ending(e.getMessage(), e.story(), passed);
    } catch (TesteeException e) {
      seat.kill();
      CaseFailure failure = scene.failure(String.valueOf(e.getMessage()));
      return new Ending(failure.getMessage(), failure.story(), passed);
    } catch (Cut e) {
      return new Ending("The connection was cut a second time", List.of(), passed);
    } catch (IOException e) {
      return new Ending(String.valueOf(e.getMessage()), List.of(), passed);
    }
  }

  private void play(Stage stage) throws CaseFailure, Cut, TesteeException {
    int done = 0;
    try {
      for (; done < played.steps().size(); done++) {
        played.steps().get(done).run(stage);
      }
      if (played.end() == Case.End.COMPLETE && stage.wasStarted()) {
        stage.scene.await(
            "the agent to acknowledge everything and to have caught up",
            () -> stage.conduct.owed() == null ? stage : null);
      }
    } catch (Cut e) {
      recover(
          stage,
          played.steps().subList(Math.min(done, played.steps().size()), played.steps().size()));
    }
    if (played.end() == Case.End.COMPLETE) {
      verify(stage);
    }
  }

  /**
   * What the case still appends is there; a coordinator without tricks serves; all must end well.
   */
  private void recover(Stage stage, List<Step> left) throws CaseFailure, Cut, TesteeException {
    stage.scene.goOnAfterCut();
    stage.scene.change(
        () -> {
          stage.desk.mend();
          stage.desk.release();
        });
    stage.coordinator().answersHeartbeats(true);
    for (Step step : left) {
      if (step instanceof LogSteps.Append || step instanceof LogSteps.NewHistory) {
        step.run(stage);
      }
    }
    stage.link().drop(); // What is connected knows the log as it was.
    if (stage.wasStarted()) {
      stage.startIfEnded();
      if (played.afterCut() != null) {
        stage.serving.until(
            "the agent to stop for good", () -> stage.told(AgentEvent.EventCase.REFUSED));
        return;
      }
      stage.serving.until("acks of everything", () -> stage.conduct.owed() == null);
    }
    if (stage.publications.any()) {
      stage.publications.serve(stage);
    }
  }

  private void verify(Stage stage) throws CaseFailure {
    String difference =
        stage.scene.look(
            () -> {
              String ofAgent =
                  stage.wasStarted() && !(stage.scene.isCut() && played.afterCut() != null)
                      ? stage.conduct.difference()
                      : null;
              return ofAgent != null || !stage.publications.any()
                  ? ofAgent
                  : stage.publications.difference();
            });
    if (difference != null) {
      throw stage.scene.failure(difference);
    }
  }
}
