package dev.swarmlog.sdk;

import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Repair;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.SnapshotPage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What holds for every {@link Repair}. */
final class Repairs {
  private Repairs() {}

  /** The one scope it is of. */
  static Scope scope(Repair repair) {
    return repair.getPagesCount() > 0
        ? repair.getPages(0).getScope()
        : repair.getEvents().getScope();
  }

  /**
   * Why the repair cannot be applied; null if it can.
   *
   * @param at where the lane stands
   * @param view the scopes that are held
   */
  static @Nullable String misfit(Repair repair, Position at, List<Scope> view) {
    Scope scope = scope(repair);
    if (!view.contains(scope)
        || (repair.hasEvents() && !repair.getEvents().getScope().equals(scope))) {
      return "Expected a repair of one scope of the view, but got one of %s"
          .formatted(Scopes.describe(scope));
    }
    String before = "";
    for (SnapshotPage page : repair.getPagesList()) {
      if (!Deliveries.isSame(page.getPosition(), at)) {
        return "Expected a repair at operation %d, where the lane stands, but got one at operation %d"
            .formatted(at.getOpId(), page.getPosition().getOpId());
      }
      if (!page.getScope().equals(scope) || Utf8.compare(page.getAfterKey(), before) < 0) {
        return "Expected intervals of keys of %s in ascending order behind '%s', but got one of %s behind '%s'"
            .formatted(
                Scopes.describe(scope),
                before,
                Scopes.describe(page.getScope()),
                page.getAfterKey());
      }
      String misfit = keysMisfit(page);
      if (misfit != null) {
        return misfit;
      }
      before = page.getThroughKey();
    }
    return null;
  }

  /** Why the keys of a page are not in its interval, or not in order; null if they are. */
  static @Nullable String keysMisfit(SnapshotPage page) {
    String before = page.getAfterKey();
    for (Operation operation : page.getOperationsList()) {
      if (Utf8.compare(operation.getKey(), before) <= 0) {
        return "Expected keys in ascending order behind '%s', but got '%s'"
            .formatted(before, operation.getKey());
      }
      before = operation.getKey();
    }
    return !page.getThroughKey().isEmpty() && Utf8.compare(before, page.getThroughKey()) > 0
        ? "Expected keys up to '%s', but got '%s'".formatted(page.getThroughKey(), before)
        : null;
  }
}
