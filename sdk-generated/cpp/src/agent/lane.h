// What the frames of a lane say, one after the other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "fold.h"
#include "step.h"
#include "swarmlog/v1/session.pb.h"

namespace polyglot {

bool IsSame(const swarmlog::v1::Position& a, const swarmlog::v1::Position& b);

// How far one sync has come: deliveries up to the target, pages of keyed state there, the receipt. docs/sync.md.
class SyncProgress {
 public:
  SyncProgress(swarmlog::v1::LogPlan plan, const swarmlog::v1::LogResume& committed);

  const swarmlog::v1::Position& target() const { return plan_.target(); }
  // All keyed state will come, and no page of it has been applied yet.
  bool begins_snapshot() const;
  // What is stored with a delivery up to a position.
  swarmlog::v1::LogResume After(const swarmlog::v1::Position& to) const;

  // Why the page cannot be the next one.
  std::optional<std::string> Misfit(const swarmlog::v1::SnapshotPage& page) const;
  // Takes the page as the one before the next; answers with what is stored with it.
  swarmlog::v1::LogResume Advance(const swarmlog::v1::SnapshotPage& page);
  // The scopes whose pages have not all come.
  std::vector<swarmlog::v1::Scope> Pending() const;

  void CountDelivered(int operations) { delivered_ += operations; }
  void TakeReceipt(swarmlog::v1::SyncReceipt receipt) { receipt_ = std::move(receipt); }
  // Why the sync cannot end at a position.
  std::optional<std::string> EndMisfit(const swarmlog::v1::Position& end) const;
  // To be called where there is no misfit: what the receipt counts and did not come.
  std::vector<std::string> MissingCounts() const;
  const swarmlog::v1::SyncReceipt& receipt() const { return *receipt_; }

 private:
  std::string FirstAfterKey() const;

  swarmlog::v1::LogPlan plan_;
  // How far an interrupted snapshot had come that goes on here.
  swarmlog::v1::SnapshotResume before_;
  // Set once a snapshot is what would be interrupted.
  std::optional<swarmlog::v1::SnapshotResume> snapshot_;
  int scope_index_ = 0;
  std::string after_key_;
  std::optional<swarmlog::v1::SyncReceipt> receipt_;
  std::uint64_t delivered_ = 0;
  std::uint64_t paged_ = 0;
};

// The frame is done with: read one more.
struct ReadOn {
  std::optional<swarmlog::v1::Position> ack;  // Something came again that is applied: say so.
  std::string say;                            // For people; may be empty.
};
// The frame does not follow on what the lane has, or what is held is not right: connect again, from what is stored.
struct Resync {
  std::string why;
};
using Outcome = std::variant<ReadOn, Step, Resync>;

// Where a lane stands, and which sync is under way. One frame at a time: after a Step the next one is read when that is
// committed, or given up. No clock, no I/O; not thread-safe.
class Lane {
 public:
  // From what is stored; without a position if nothing is.
  explicit Lane(swarmlog::v1::LogResume stored) : committed_(std::move(stored)) {}

  // What Hello says of the lane; nothing if there is nothing to say.
  std::optional<swarmlog::v1::LogResume> Present() const;
  // A stream follows the plan, which is no rejection.
  void Attach(const swarmlog::v1::LogPlan& plan);
  // The stream is gone, and what was read and not committed is given up.
  void Detach() { sync_.reset(); }
  Outcome Frame(const swarmlog::v1::DataResponse& frame);
  // A step is committed. Answers with what the receipt of a sync said that is not so, for people.
  std::vector<std::string> Commit(const Step& step, const Applied& applied);

  const swarmlog::v1::Position& committed() const { return committed_.position(); }
  // The sync is over, and the keyed state is not what it should be: to be asked for anew, once.
  bool wants_snapshot() const { return wants_snapshot_; }
  bool is_caught_up() const { return !sync_.has_value(); }
  // Since the agent was started.
  std::uint64_t duplicates() const { return duplicates_; }
  std::uint64_t out_of_order() const { return out_of_order_; }

 private:
  Outcome Deliver(const swarmlog::v1::Delivery& delivery);
  Outcome Page(const swarmlog::v1::SnapshotPage& page);
  Outcome CatchUp(const swarmlog::v1::Position& at);
  Outcome FallBehind(const swarmlog::v1::FellBehind& frame);
  Outcome DoesNotFollow(std::string why);
  Step Make(swarmlog::v1::LogResume after, decltype(Step::content) content);

  swarmlog::v1::LogResume committed_;
  std::optional<swarmlog::v1::Position> stands_;
  std::optional<SyncProgress> sync_;
  std::optional<SyncStart> start_;
  std::vector<swarmlog::v1::Scope> scopes_;
  bool state_differed_ = false;
  bool wants_snapshot_ = false;
  std::uint64_t duplicates_ = 0;
  std::uint64_t out_of_order_ = 0;
};

}  // namespace polyglot
