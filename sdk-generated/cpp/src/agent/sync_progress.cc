#include <utility>

#include "lane.h"

namespace polyglot {

using swarmlog::v1::LogResume;
using swarmlog::v1::Position;
using swarmlog::v1::Scope;
using swarmlog::v1::SnapshotPage;

SyncProgress::SyncProgress(swarmlog::v1::LogPlan plan, const LogResume& committed) : plan_(std::move(plan)) {
  if (!plan_.has_target()) *plan_.mutable_target() = plan_.head();
  const bool goes_on = committed.has_snapshot() && IsSame(committed.snapshot().position(), target());
  *before_.mutable_position() = target();
  if (goes_on) before_ = committed.snapshot();
  if (goes_on || plan_.plan() == swarmlog::v1::PLAN_SNAPSHOT) snapshot_ = before_;
  after_key_ = FirstAfterKey();
}

bool SyncProgress::begins_snapshot() const {
  return plan_.plan() == swarmlog::v1::PLAN_SNAPSHOT && !before_.has_scope();
}

LogResume SyncProgress::After(const Position& to) const {
  LogResume after;
  *after.mutable_position() = to;
  if (snapshot_.has_value()) {
    *after.mutable_snapshot() = *snapshot_;
    return after;
  }
  swarmlog::v1::ResumeTriple& triple = *after.mutable_triple();
  triple.set_base_op_id(plan_.base_op_id());
  triple.set_cursor_op_id(to.op_id());
  triple.set_target_op_id(target().op_id());
  triple.set_exact(plan_.exact() || to.op_id() == target().op_id());
  // Pages of scopes that were added to the view follow behind the target.
  if (to.op_id() == target().op_id() && plan_.snapshot_scopes_size() > 0) {
    *after.mutable_snapshot()->mutable_position() = target();
  }
  return after;
}

std::optional<std::string> SyncProgress::Misfit(const SnapshotPage& page) const {
  if (!IsSame(page.position(), target())) {
    return "Expected keyed state as of operation " + std::to_string(target().op_id()) +
           ", but got some as of operation " + std::to_string(page.position().op_id()) + ".";
  }
  if (scope_index_ >= plan_.snapshot_scopes_size() ||
      ScopeForm(plan_.snapshot_scopes(scope_index_)) != ScopeForm(page.scope()) || page.after_key() != after_key_) {
    return "Expected keyed state behind the key '" + after_key_ + "' of scope " + std::to_string(scope_index_ + 1) +
           " of the plan, but got that behind '" + page.after_key() + "', or of another scope.";
  }
  std::string before = page.after_key();
  for (const auto& operation : page.operations()) {
    if (operation.key() <= before) {
      return "Expected keys in ascending order behind '" + before + "', but got '" + operation.key() + "'.";
    }
    before = operation.key();
  }
  if (!page.through_key().empty() && before > page.through_key()) {
    return "Expected keys up to '" + page.through_key() + "', but got '" + before + "'.";
  }
  return std::nullopt;
}

LogResume SyncProgress::Advance(const SnapshotPage& page) {
  paged_ += static_cast<std::uint64_t>(page.operations_size());
  after_key_ = page.through_key();
  if (after_key_.empty()) {
    ++scope_index_;
    after_key_ = FirstAfterKey();
  }
  snapshot_.emplace();
  *snapshot_->mutable_position() = target();
  *snapshot_->mutable_scope() = page.scope();
  snapshot_->set_last_key(page.through_key());
  LogResume after;
  *after.mutable_position() = target();
  *after.mutable_snapshot() = *snapshot_;
  return after;
}

std::vector<Scope> SyncProgress::Pending() const {
  return {plan_.snapshot_scopes().begin() + scope_index_, plan_.snapshot_scopes().end()};
}

std::optional<std::string> SyncProgress::EndMisfit(const Position& end) const {
  if (!IsSame(end, target())) {
    return "Expected the sync to end at its target " + std::to_string(target().op_id()) + ", but it ends at " +
           std::to_string(end.op_id()) + ".";
  }
  if (scope_index_ < plan_.snapshot_scopes_size()) {
    return "Expected the keyed state of " + std::to_string(plan_.snapshot_scopes_size()) +
           " scopes, but the sync ends with that of " + std::to_string(scope_index_) + ".";
  }
  if (!receipt_.has_value() || !IsSame(receipt_->target(), target())) {
    return "Expected a receipt for operation " + std::to_string(target().op_id()) +
           " before the end of the sync, but there is none.";
  }
  return std::nullopt;
}

std::vector<std::string> SyncProgress::MissingCounts() const {
  std::vector<std::string> missing;
  if (receipt_->sent_count() != delivered_) {
    missing.push_back("Expected " + std::to_string(receipt_->sent_count()) + " operations, but " +
                      std::to_string(delivered_) + " came.");
  }
  if (receipt_->snapshot_count() != paged_) {
    missing.push_back("Expected " + std::to_string(receipt_->snapshot_count()) +
                      " operations in pages of keyed state, but " + std::to_string(paged_) + " came.");
  }
  return missing;
}

std::string SyncProgress::FirstAfterKey() const {
  const bool begun = scope_index_ < plan_.snapshot_scopes_size() && before_.has_scope() &&
                     ScopeForm(before_.scope()) == ScopeForm(plan_.snapshot_scopes(scope_index_));
  return begun ? before_.last_key() : "";
}

}  // namespace polyglot
