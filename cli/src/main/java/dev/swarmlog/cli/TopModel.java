package dev.swarmlog.cli;

import dev.swarmlog.v1.ListBacklogsResponse;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@code top} shows at a moment, and what keys change of it. Used by one thread.
 *
 * <p>It shows the swarms, of which one is chosen; or the agents of one swarm.
 */
final class TopModel {

  private TopOrder order;
  private @Nullable TopSample sample;
  private @Nullable String detail;
  private @Nullable ListBacklogsResponse backlogs;
  private String chosen = "";
  private int firstAgent;
  private String trouble = "";

  TopModel(TopOrder order) {
    this.order = order;
  }

  TopOrder order() {
    return order;
  }

  /** Null before the first answer. */
  @Nullable TopSample sample() {
    return sample;
  }

  /** The swarm whose agents are shown; null if all swarms are. */
  @Nullable String detail() {
    return detail;
  }

  /** Null before they have come. */
  @Nullable ListBacklogsResponse backlogs() {
    return backlogs;
  }

  /** The first agent that is shown. */
  int firstAgent() {
    return firstAgent;
  }

  /** Why what is shown is not new; empty if it is. */
  String trouble() {
    return trouble;
  }

  /** Which of the swarms is chosen; 0 if there is none. */
  int chosenIndex() {
    List<TopSample.Row> rows = rows();
    for (int i = 0; i < rows.size(); i++) {
      if (rows.get(i).swarm().getName().equals(chosen)) {
        return i;
      }
    }
    return 0;
  }

  void answered(TopSample newest) {
    sample = newest;
    trouble = "";
  }

  /** Of one swarm; passed over if another is shown by now. */
  void answered(String swarm, ListBacklogsResponse newest) {
    if (swarm.equals(detail)) {
      backlogs = newest;
    }
  }

  void troubled(String why) {
    trouble = why;
  }

  /** Shows all swarms, since the one whose agents were shown is not there. */
  void left() {
    detail = null;
    backlogs = null;
  }

  /**
   * A key was pressed.
   *
   * @param page rows of a page
   * @return whether to ask the coordinator at once
   */
  boolean pressed(TopKey key, int page) {
    switch (key) {
      case UP -> move(-1);
      case DOWN -> move(1);
      case PAGE_UP -> move(-page);
      case PAGE_DOWN -> move(page);
      case ENTER -> {
        return enter();
      }
      case BACK -> left();
      case RATE -> order = TopOrder.RATE;
      case BACKLOG -> order = TopOrder.BACKLOG;
      case LAG -> order = TopOrder.LAG;
      case NAME -> order = TopOrder.NAME;
      case QUIT, NONE -> {
        return false;
      }
    }
    return key == TopKey.RATE || key == TopKey.BACKLOG || key == TopKey.LAG || key == TopKey.NAME;
  }

  private boolean enter() {
    List<TopSample.Row> rows = rows();
    if (detail != null || rows.isEmpty()) {
      return false;
    }
    detail = rows.get(chosenIndex()).swarm().getName();
    chosen = detail;
    backlogs = null;
    firstAgent = 0;
    return true;
  }

  private void move(int by) {
    if (detail != null) {
      int agents = backlogs == null ? 0 : backlogs.getAgentsCount();
      firstAgent = Math.max(0, Math.min(firstAgent + by, agents - 1));
      return;
    }
    List<TopSample.Row> rows = rows();
    if (!rows.isEmpty()) {
      int to = Math.max(0, Math.min(chosenIndex() + by, rows.size() - 1));
      chosen = rows.get(to).swarm().getName();
    }
  }

  private List<TopSample.Row> rows() {
    TopSample newest = sample;
    return newest == null ? List.of() : newest.rows();
  }
}
