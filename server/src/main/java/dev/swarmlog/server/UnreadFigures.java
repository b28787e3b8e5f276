package dev.swarmlog.server;

/** What clients were sent and have not read, as told to someone who asks. Any thread. */
public interface UnreadFigures {

  /** What is held now. */
  long unreadBytes();

  /** What may be held. */
  long maxUnreadBytes();

  /** Streams that were ended for what they held, since the start. */
  long stalledStreamsEnded();
}
