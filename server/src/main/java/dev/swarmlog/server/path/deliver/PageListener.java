package dev.swarmlog.server.path.deliver;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.storage.Page;

/** Hears of a page that was asked for. Called once, on a reading thread. */
public interface PageListener {

  void page(Page page);

  void failed(Refusal refusal);
}
