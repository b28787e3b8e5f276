#include "lane.h"

#include <utility>

namespace polyglot {

using swarmlog::v1::DataResponse;
using swarmlog::v1::LogResume;
using swarmlog::v1::Position;

namespace {

bool IsSameHistory(const Position& a, const Position& b) {
  return a.epoch() == b.epoch() && a.incarnation() == b.incarnation();
}

std::optional<std::string> Misfit(const swarmlog::v1::Delivery& delivery, const Position& stands,
                                  const std::optional<SyncProgress>& sync) {
  if (!IsSameHistory(stands, delivery.to())) return "Expected deliveries of the same history, but got one of another.";
  if (delivery.from_op_id() > stands.op_id()) {
    return "Expected a delivery that starts at operation " + std::to_string(stands.op_id()) +
           " or before, but it starts at " + std::to_string(delivery.from_op_id()) + ".";
  }
  std::uint64_t last = delivery.from_op_id();
  for (const auto& operation : delivery.operations()) {
    if (operation.op_id() <= last || operation.op_id() > delivery.to().op_id()) {
      return "Expected operations in ascending order up to " + std::to_string(delivery.to().op_id()) + ", but got " +
             std::to_string(operation.op_id()) + " behind " + std::to_string(last) + ".";
    }
    last = operation.op_id();
  }
  if (sync.has_value() && delivery.to().op_id() > sync->target().op_id()) {
    return "Expected deliveries up to the target " + std::to_string(sync->target().op_id()) +
           " of the sync, but got one up to " + std::to_string(delivery.to().op_id()) + ".";
  }
  return std::nullopt;
}

}  // namespace

bool IsSame(const Position& a, const Position& b) { return a.op_id() == b.op_id() && IsSameHistory(a, b); }

std::optional<LogResume> Lane::Present() const {
  if (!committed_.has_position()) return std::nullopt;
  LogResume presented = committed_;
  presented.clear_sums();
  // Sums mean something with a whole position only.
  if (committed_.interrupted_case() != LogResume::INTERRUPTED_NOT_SET) return presented;
  for (const auto& sums : committed_.sums()) {
    if (!sums.event_hash().empty()) *presented.add_sums() = sums;
  }
  return presented;
}

void Lane::Attach(const swarmlog::v1::LogPlan& plan) {
  const bool fresh = !committed_.has_position();
  stands_ = fresh ? plan.start() : committed_.position();
  // The start replaces the position where it is of another history, or lies above it because what is between is lost.
  const bool replaces = !IsSameHistory(*stands_, plan.start()) || plan.start().op_id() > stands_->op_id();
  if (replaces) stands_ = plan.start();
  scopes_.assign(plan.scopes().begin(), plan.scopes().end());
  sync_.emplace(plan, committed_);
  start_ = SyncStart{scopes_, fresh, replaces || (fresh && plan.start().op_id() > 0), sync_->begins_snapshot()};
  wants_snapshot_ = false;
}

Outcome Lane::Frame(const DataResponse& frame) {
  switch (frame.frame_case()) {
    case DataResponse::kDelivery:
      return Deliver(frame.delivery());
    case DataResponse::kSnapshot:
      return Page(frame.snapshot());
    case DataResponse::kReceipt:
      if (sync_.has_value()) sync_->TakeReceipt(frame.receipt());
      return ReadOn{};
    case DataResponse::kCaughtUp:
      return CatchUp(frame.caught_up().position());
    case DataResponse::kFellBehind:
      return FallBehind(frame.fell_behind());
    case DataResponse::kNotice:
      return ReadOn{std::nullopt, "The coordinator passed over a frame of the lane: " + frame.notice().message()};
    default:
      // What else there may be is of a later version; what must not be missed would come as a capability that was not
      // asked for.
      return ReadOn{};
  }
}

std::vector<std::string> Lane::Commit(const Step& step, const Applied& applied) {
  committed_ = applied.resume;
  stands_ = committed_.position();
  if (!std::holds_alternative<Finished>(step.content) || !sync_.has_value()) return {};
  std::vector<std::string> mismatches = applied.mismatches.messages;
  for (std::string& missing : sync_->MissingCounts()) mismatches.push_back(std::move(missing));
  sync_.reset();
  // Hello will carry the sums that differ, and the coordinator answers them with a snapshot. If that does not help either,
  // nothing would: it is told, and the agent goes on.
  wants_snapshot_ = applied.mismatches.state_differs && !state_differed_;
  state_differed_ = applied.mismatches.state_differs;
  return mismatches;
}

Outcome Lane::Deliver(const swarmlog::v1::Delivery& delivery) {
  if (auto why = Misfit(delivery, *stands_, sync_)) return DoesNotFollow(*std::move(why));
  if (sync_.has_value()) sync_->CountDelivered(delivery.operations_size());
  Delivered delivered;
  for (const auto& operation : delivery.operations()) {
    if (operation.op_id() > stands_->op_id()) delivered.operations.push_back(operation);
  }
  duplicates_ += static_cast<std::uint64_t>(delivery.operations_size()) - delivered.operations.size();
  if (delivery.to().op_id() <= stands_->op_id() && !start_.has_value()) {
    return ReadOn{delivery.operations_size() > 0 ? std::optional(*stands_) : std::nullopt, ""};
  }
  if (delivery.to().op_id() > stands_->op_id()) {
    delivered.skipped.assign(delivery.skipped().begin(), delivery.skipped().end());
    delivered.partly_seen = delivery.from_op_id() < stands_->op_id();
    stands_ = delivery.to();
  }
  LogResume after;
  *after.mutable_position() = *stands_;
  return Make(sync_.has_value() ? sync_->After(*stands_) : after, std::move(delivered));
}

Outcome Lane::Page(const swarmlog::v1::SnapshotPage& page) {
  if (!sync_.has_value()) return DoesNotFollow("Expected keyed state within a sync, but got some after one.");
  if (auto why = sync_->Misfit(page)) return DoesNotFollow(*std::move(why));
  LogResume after = sync_->Advance(page);
  stands_ = after.position();
  return Make(std::move(after), Paged{page, sync_->Pending()});
}

Outcome Lane::CatchUp(const Position& at) {
  if (!sync_.has_value()) return ReadOn{};
  if (auto why = sync_->EndMisfit(at)) return DoesNotFollow(*std::move(why));
  LogResume after;
  *after.mutable_position() = sync_->target();
  stands_ = sync_->target();
  return Make(std::move(after), Finished{sync_->receipt(), scopes_});
}

Outcome Lane::FallBehind(const swarmlog::v1::FellBehind& frame) {
  if (sync_.has_value() || !IsSame(*stands_, frame.position())) {
    return DoesNotFollow("Expected to fall behind at operation " + std::to_string(stands_->op_id()) +
                         " with no sync under way, but it was at " + std::to_string(frame.position().op_id()) + ".");
  }
  swarmlog::v1::LogPlan plan;
  plan.set_plan(swarmlog::v1::PLAN_DELTA);
  *plan.mutable_target() = frame.head();
  plan.set_base_op_id(stands_->op_id());
  plan.set_exact(true);
  sync_.emplace(std::move(plan), LogResume());
  return ReadOn{};
}

Outcome Lane::DoesNotFollow(std::string why) {
  ++out_of_order_;
  return Resync{std::move(why)};
}

Step Lane::Make(LogResume after, decltype(Step::content) content) {
  Step step{std::move(after), std::move(start_), std::move(content)};
  start_.reset();
  return step;
}

}  // namespace polyglot
