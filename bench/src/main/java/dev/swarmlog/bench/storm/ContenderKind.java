package dev.swarmlog.bench.storm;

import dev.swarmlog.bench.orchestrator.OrchestratorServer.Manners;

/** Who is measured, in this order. */
public enum ContenderKind {
  /** A synchronous orchestrator that tries again at once. */
  ORCHESTRATOR_NAIVE("orchestrator-naive"),
  /** The same with backoff, jitter and a circuit breaker per agent. */
  ORCHESTRATOR_POLITE("orchestrator-polite"),
  SWARMLOG("swarmlog");

  private final String key;

  ContenderKind(String key) {
    this.key = key;
  }

  /** As in JSON and for people. */
  public String key() {
    return key;
  }

  /** Of an orchestrator. */
  Manners manners() {
    return switch (this) {
      case ORCHESTRATOR_NAIVE -> Manners.NAIVE;
      case ORCHESTRATOR_POLITE -> Manners.POLITE;
      case SWARMLOG -> throw new IllegalStateException("Expected an orchestrator, but got " + this);
    };
  }
}
