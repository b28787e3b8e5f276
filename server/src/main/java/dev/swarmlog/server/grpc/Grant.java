package dev.swarmlog.server.grpc;

/** What a principal may be allowed to do. */
public enum Grant {
  /** Open sessions, and receive what is delivered to an agent. */
  RECEIVE,
  /** Append operations and telemetry. */
  PUBLISH,
  /** Look on: tail logs, list swarms and agents. */
  OBSERVE,
  /** Create swarms. */
  ADMINISTER,
  /** What needs no identity: health checks. */
  ANYONE
}
