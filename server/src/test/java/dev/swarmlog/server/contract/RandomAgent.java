package dev.swarmlog.server.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.View;
import dev.swarmlog.v1.ViewScope;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * An agent that attaches, stalls, vanishes, is fenced by itself and comes back with a position it
 * once stored, often not the newest. It applies what lies above what it has applied. Runs on a
 * thread of its own.
 */
final class RandomAgent implements Runnable {

  static final int NAMES = 14;
  static final int ROLES = 3;

  private static final long SHORT_WAIT_MS = 20;

  private final Coordinator coordinator;
  private final String swarm;
  private final String name;
  private final Random random;
  private final Progress progress;
  private final List<String> roles = new ArrayList<>();
  private final View view;
  private final List<Operation> applied = new ArrayList<>();
  private final List<Position> positions = new ArrayList<>();
  private long appliedThrough;
  private int redelivered;

  RandomAgent(
      Coordinator coordinator, String swarm, String name, Random random, Progress progress) {
    this.coordinator = coordinator;
    this.swarm = swarm;
    this.name = name;
    this.random = random;
    this.progress = progress;
    for (int role = 0; role < ROLES; role++) {
      if (random.nextBoolean()) {
        roles.add("role" + role);
      }
    }
    View.Builder declared = View.newBuilder();
    for (ViewScope scope : Requests.MAIN.getScopesList()) {
      if (random.nextInt(3) != 0) {
        declared.addScopes(scope);
      }
    }
    this.view = declared.getScopesCount() == 0 ? Requests.MAIN : declared.build();
  }

  /** After the run: what it applied, in order. */
  List<Operation> applied() {
    return applied;
  }

  /** After the run: every position it was told. */
  List<Position> positions() {
    return positions;
  }

  int redelivered() {
    return redelivered;
  }

  /** Whether the agent should have seen an operation; written down from the contract alone. */
  boolean shouldSee(Operation operation) {
    for (ViewScope scope : view.getScopesList()) {
      boolean audience =
          switch (scope.getAudienceCase()) {
            case ALL -> operation.getTarget().hasAll();
            case SELF -> operation.getTarget().getAgent().equals(name);
            case ROLES ->
                operation.getTarget().hasRole() && roles.contains(operation.getTarget().getRole());
            case AUDIENCE_NOT_SET -> false;
          };
      if (audience && scope.getTopic() == operation.getTopic()) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void run() {
    try {
      while (!progress.done()) {
        attendForAWhile();
      }
      finish();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void attendForAWhile() throws InterruptedException {
    TestAgent session = TestAgent.connect(coordinator, hello());
    if (random.nextInt(8) == 0) {
      TestAgent older = session;
      session = TestAgent.connect(coordinator, hello());
      older.control().refusal().is(ErrorReason.ERROR_REASON_SESSION_SUPERSEDED, name);
    }
    TestLane lane = session.attachUnread(Log.LOG_MAIN);
    int frames = random.nextInt(60);
    for (int i = 0; i < frames && !progress.done(); i++) {
      lane.call().request(1);
      while (!receive(lane) && !progress.done()) {
        session.beat(i);
      }
      if (random.nextInt(20) == 0) {
        progress.await(random.nextInt(20));
      }
      if (random.nextInt(4) != 0) {
        lane.acknowledge();
      }
    }
    if (random.nextBoolean()) {
      lane.call().request(Integer.MAX_VALUE);
      lane.call().halfClose();
      session.control().halfClose();
      session.control().completed();
    } else {
      session.vanish();
    }
  }

  /** Everything up to the head, in one quiet session at the end. */
  private void finish() {
    TestAgent session = TestAgent.connect(coordinator, hello());
    TestLane lane = session.attachUnread(Log.LOG_MAIN);
    long head = session.plan(Log.LOG_MAIN).getHead().getOpId();
    boolean caughtUp = false;
    while (!caughtUp) {
      lane.call().request(1);
      DataResponse frame = lane.next();
      apply(frame);
      lane.acknowledge();
      caughtUp = frame.hasCaughtUp();
    }
    assertThat(appliedThrough).isEqualTo(head);
    session.vanish();
  }

  private boolean receive(TestLane lane) {
    DataResponse frame = lane.nextWithin(SHORT_WAIT_MS);
    if (frame != null) {
      apply(frame);
    }
    return frame != null;
  }

  private void apply(DataResponse frame) {
    if (frame.hasDelivery()) {
      for (Operation operation : frame.getDelivery().getOperationsList()) {
        if (operation.getOpId() > appliedThrough) {
          applied.add(operation);
        } else {
          redelivered++;
        }
      }
      positions.add(frame.getDelivery().getTo());
      appliedThrough = Math.max(appliedThrough, frame.getDelivery().getTo().getOpId());
    }
  }

  private Hello.Builder hello() {
    Hello.Builder hello = TestAgent.hello(swarm, name).addAllRoles(roles).setView(view);
    if (!positions.isEmpty() && random.nextInt(10) != 0) {
      int back = random.nextInt(Math.min(5, positions.size()));
      hello.addResume(TestAgent.at(positions.get(positions.size() - 1 - back)));
    }
    return hello;
  }

  @Override
  public String toString() {
    return name + " " + roles + " of " + view.getScopesCount() + " scopes";
  }
}
