package dev.swarmlog.server.path.deliver;

import dev.swarmlog.server.Refusal;

/**
 * Hears of what was asked for. Called once, on a reading thread.
 *
 * @param <T> what was read
 */
interface PageListener<T> {

  void read(T page);

  void failed(Refusal refusal);
}
