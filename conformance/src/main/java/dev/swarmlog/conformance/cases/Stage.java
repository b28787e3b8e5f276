package dev.swarmlog.conformance.cases;

import dev.swarmlog.conformance.coordinator.Lane;
import dev.swarmlog.conformance.coordinator.ScriptedCoordinator;
import dev.swarmlog.conformance.coordinator.Session;
import dev.swarmlog.conformance.log.Notation;
import dev.swarmlog.conformance.log.SwarmLog;
import dev.swarmlog.conformance.proxy.CuttingProxy;
import dev.swarmlog.conformance.proxy.Link;
import dev.swarmlog.conformance.scene.CaseFailure;
import dev.swarmlog.conformance.scene.Cut;
import dev.swarmlog.conformance.scene.Scene;
import dev.swarmlog.conformance.testee.TesteeException;
import dev.swarmlog.conformance.testee.TesteeProcess;
import dev.swarmlog.conformance.v1.AgentEvent;
import dev.swarmlog.conformance.v1.Request;
import dev.swarmlog.conformance.v1.Response;
import dev.swarmlog.conformance.v1.StopAgent;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.Log;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * What the steps of one run of a case work with: the log, the coordinator, the proxy before it, the
 * testee, and what was seen of it. Belongs to the thread that runs the case; what others change is
 * within the scene's lock.
 */
final class Stage implements AutoCloseable {
  static final String SWARM = "fleet";

  final Scene scene;
  final SwarmLog log = new SwarmLog();
  final Effects effects;
  final Conduct conduct;
  final HandlerDesk desk;
  final Publications publications;
  final CuttingProxy proxy;
  final Serving serving;
  private final Case played;
  private final TesteeSeat seat;
  private final Path directory;
  private final Deque<AgentEvent> events = new ArrayDeque<>();
  private final List<ScriptedCoordinator> coordinators = new CopyOnWriteArrayList<>();
  private AgentSettings settings;
  private int agent;
  private boolean running;
  private boolean refused;
  private @Nullable Session session;

  Stage(Case played, Scene scene, TesteeSeat seat, Path directory, int cutBehind)
      throws IOException, TesteeException {
    this.played = played;
    this.scene = scene;
    this.seat = seat;
    this.directory = directory;
    this.settings = played.agent();
    this.effects = new Effects(scene, log);
    this.conduct = new Conduct(scene, log, settings, effects);
    this.desk = new HandlerDesk(scene, effects);
    this.publications = new Publications(scene);
    this.serving = new Serving(this);
    coordinators.add(new ScriptedCoordinator(scene, conduct, this::isWelcomed, this::carries));
    this.proxy = new CuttingProxy(coordinator().port(), cutBehind, scene::cut);
    played.log().forEach(text -> log.append(Notation.operation(text)));
    seat.listen(this::heard);
  }

  /** What is between the testee and the coordinator. */
  Link link() {
    return proxy.link();
  }

  private boolean carries(int fromPort) {
    return link().carries(fromPort);
  }

  Case played() {
    return played;
  }

  AgentSettings settings() {
    return settings;
  }

  ScriptedCoordinator coordinator() {
    return coordinators.get(coordinators.size() - 1);
  }

  TesteeProcess testee() throws TesteeException {
    return seat.process();
  }

  /** Starts the agent, in a new process if the one before was killed. */
  void start(AgentSettings as) throws TesteeException {
    settings = as;
    seat.listen(this::heard);
    agent = seat.newAgent();
    scene.change(
        () -> {
          scene.tell("-- start");
          events.clear();
          refused = false;
          if (!as.isDurable()) {
            effects.forgotten();
          }
          conduct.started(as);
        });
    demand(
        seat.process()
            .ask(Request.newBuilder().setStartAgent(as.start(agent, link().port(), directory))));
    running = true;
  }

  void stop() throws TesteeException {
    if (running) {
      running = false;
      demand(
          seat.process()
              .ask(Request.newBuilder().setStopAgent(StopAgent.newBuilder().setAgent(agent))));
      scene.change(() -> scene.tell("-- stopped"));
    }
  }

  /** Whether the case started an agent at all. */
  boolean wasStarted() {
    return agent > 0;
  }

  /** The agent runs: as it was set up last, in a new process if it was killed. */
  void startIfEnded() throws TesteeException {
    if (!running) {
      start(settings);
    }
  }

  /** Whether a listener was told something of a kind; within the scene's lock. */
  boolean told(AgentEvent.EventCase kind) {
    return events.stream().anyMatch(event -> event.getEventCase() == kind);
  }

  /** SIGKILL. */
  void kill() {
    running = false;
    seat.kill();
    scene.change(
        () -> {
          scene.tell("-- killed");
          desk.forget();
          if (!settings.isTransactional()) {
            effects.mayRepeat();
          }
          effects.interrupted();
        });
  }

  private boolean isWelcomed(String sessionId) {
    return coordinators.stream().anyMatch(one -> one.hasWelcomed(sessionId));
  }

  /** A second coordinator takes over: what connects from now on connects to it. */
  void replaceCoordinator() throws CaseFailure {
    try {
      coordinators.add(new ScriptedCoordinator(scene, conduct, this::isWelcomed, this::carries));
    } catch (IOException e) {
      throw scene.failure(String.valueOf(e.getMessage()));
    }
    link().leadTo(coordinator().port());
    coordinators.get(coordinators.size() - 2).goAway();
  }

  /** The next session that an agent opened. */
  Session takeSession() throws CaseFailure, Cut {
    Session opened = scene.await("Hello of the agent", this::newSession);
    session = opened;
    return opened;
  }

  /**
   * A session that nobody has taken, with whichever coordinator: what is still connected to one
   * that goes may open streams there. Within the scene's lock.
   */
  @Nullable Session newSession() {
    return coordinators.stream()
        .map(one -> one.sessions().poll())
        .filter(opened -> opened != null)
        .findFirst()
        .orElse(null);
  }

  /** Whether there is such a session; within the scene's lock. */
  boolean hasNewSession() {
    return coordinators.stream().anyMatch(one -> !one.sessions().isEmpty());
  }

  /** Whether the agent has said that it stopped for good; within the scene's lock. */
  boolean isRefused() {
    return refused;
  }

  /** Sessions with any of the coordinators that have not ended; within the scene's lock. */
  List<Session> openSessions() {
    return coordinators.stream().flatMap(one -> one.open().stream()).toList();
  }

  void taken(Session opened) {
    session = opened;
  }

  /** The session that the case is about. */
  Session session() throws CaseFailure {
    Session current = session;
    if (current == null) {
      throw scene.failure("Expected a step \"hello\" before this one");
    }
    return current;
  }

  /** A lane of the session, attached. */
  Lane lane(String name) throws CaseFailure, Cut {
    Log which = Notation.log(name);
    Session current = session();
    return scene.await("Attach " + name, () -> current.lane(which));
  }

  /** Sends a frame on a lane. */
  void send(Lane lane, DataResponse frame) {
    scene.change(
        () -> {
          scene.tell("coordinator: " + Frames.text(frame));
          effects.sent(lane.log(), frame);
          lane.send(frame);
        });
  }

  /** The next event that a predicate is true for; those before it are passed over. */
  AgentEvent event(AgentEvent.EventCase kind, String what) throws CaseFailure, Cut {
    return scene.await(
        what,
        () -> {
          while (!events.isEmpty()) {
            AgentEvent next = events.remove();
            if (next.getEventCase() == kind) {
              return next;
            }
          }
          return null;
        });
  }

  /** Fails the case if the testee could not do what it was asked to. */
  void demand(Response answer) throws TesteeException {
    if (answer.hasProblem()) {
      throw new TesteeException(answer.getProblem().getMessage());
    }
    if (answer.hasUnsupported()) {
      throw new TesteeException("unsupported: " + answer.getUnsupported().getMessage());
    }
  }

  private void heard(Response response) {
    scene.change(
        () -> {
          if (response.hasHandle() && response.getHandle().getAgent() == agent) {
            try {
              desk.called(seat.process(), response.getId(), response.getHandle());
            } catch (TesteeException e) {
              scene.violation(String.valueOf(e.getMessage()));
            }
          } else if (response.hasEvent() && response.getEvent().getAgent() == agent) {
            scene.tell("agent told: " + Frames.text(response.getEvent()));
            events.add(response.getEvent());
            if (response.getEvent().hasCaughtUp()) {
              conduct.toldCaughtUp(response.getEvent().getCaughtUp());
            }
            refused |= response.getEvent().hasRefused();
          } else if (response.hasOutcome()) {
            publications.ended(response.getId(), response.getOutcome());
          }
        });
  }

  @Override
  public void close() {
    scene.change(() -> scene.goOnAfterCut());
    try {
      scene.change(desk::release);
      if (running) {
        stop();
      }
      publications.stop(this);
      seat.listen(response -> {});
    } catch (TesteeException e) {
      seat.kill();
    }
    proxy.close();
    coordinators.forEach(ScriptedCoordinator::close);
  }
}
