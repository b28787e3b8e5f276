package dev.swarmlog.reliability.simulation;

import io.grpc.Context;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A process of a simulation, from its start to its death. Started again, it is another one. */
final class VirtualProcess {

  /** Unwinds whatever the process was doing when it died. */
  static final class Died extends Error {
    private static final long serialVersionUID = 1L;

    Died(String process) {
      super(process + " has died", null, false, false);
    }
  }

  private final String name;
  private final Consumer<Throwable> failed;
  private final List<Runnable> whenDead = new ArrayList<>();
  private boolean alive = true;

  /**
   * A process that lives.
   *
   * @param failed is told what an event of it threw
   */
  VirtualProcess(String name, Consumer<Throwable> failed) {
    this.name = name;
    this.failed = failed;
  }

  String name() {
    return name;
  }

  boolean isAlive() {
    return alive;
  }

  /** Throws {@link Died} if it has died: whatever it does must have no effect. */
  void check() {
    if (!alive) {
      throw new Died(name);
    }
  }

  void whenDead(Runnable action) {
    whenDead.add(action);
  }

  /** Kills it, between two events or in the middle of one of its own. */
  void die() {
    if (alive) {
      alive = false;
      whenDead.forEach(Runnable::run);
    }
  }

  /** Runs an event of it, outside of any call's context. */
  void run(Runnable action) {
    Context outer = Context.ROOT.attach();
    try {
      action.run();
    } catch (Died died) {
      if (alive) {
        failed.accept(died);
      }
    } catch (RuntimeException | Error e) {
      if (alive) {
        failed.accept(e);
      }
    } finally {
      Context.ROOT.detach(outer);
    }
  }

  @Override
  public String toString() {
    return name;
  }

  /** Of whatever lives as long as the simulation. */
  static VirtualProcess immortal(String name, Consumer<Throwable> failed) {
    return new VirtualProcess(name, failed);
  }

  static boolean isDeath(@Nullable Throwable failure) {
    return failure instanceof Died;
  }
}
