// Random logs, delivered as a coordinator may, with streams cut and processes killed anywhere.
#include <algorithm>
#include <iostream>
#include <map>
#include <random>

#include "session_driver.h"

namespace polyglot {
namespace {

using namespace testing;
using swarmlog::v1::DataResponse;
using swarmlog::v1::LogPlan;
using swarmlog::v1::LogResume;
using swarmlog::v1::Operation;
using swarmlog::v1::Scope;

constexpr int kSeeds = 400;
constexpr int kSteps = 60;

// A log, and what it comes to at each operation; a fold of its own, from the beginning each time.
class Log {
 public:
  explicit Log(std::mt19937_64* random) : random_(random) {}

  void Grow() {
    const std::uint64_t op_id = operations_.size() + 1;
    const std::string key(1, static_cast<char>('a' + Draw(5)));
    const std::string value = "v" + std::to_string(Draw(3));
    Operation operation = Event(op_id, "report " + std::to_string(op_id));
    if (Draw(2) == 0) operation = Draw(3) == 0 ? Deletion(op_id, key) : Keyed(op_id, key, value);
    if (Draw(6) == 0) operation.mutable_target()->set_agent("a");
    operations_.push_back(operation);
  }

  std::uint64_t head() const { return operations_.size(); }
  const Operation& at(std::uint64_t op_id) const { return operations_.at(op_id - 1); }
  std::uint64_t Draw(std::uint64_t below) { return std::uniform_int_distribution<std::uint64_t>(0, below - 1)(*random_); }

  // The live keys of a scope at an operation, ascending.
  std::map<std::string, Operation> Keys(const Scope& scope, std::uint64_t op_id) const {
    std::map<std::string, Operation> keys;
    for (std::uint64_t i = 1; i <= op_id; ++i) {
      const Operation& operation = at(i);
      if (operation.key().empty() || ScopeForm(ScopeOf(operation)) != ScopeForm(scope)) continue;
      if (operation.tombstone()) {
        keys.erase(operation.key());
      } else {
        keys[operation.key()] = operation;
      }
    }
    return keys;
  }

  std::vector<swarmlog::v1::ScopeSums> Sums(std::uint64_t op_id) const {
    std::vector<swarmlog::v1::ScopeSums> all;
    for (const Scope& scope : View()) {
      const std::string form = ScopeForm(scope);
      swarmlog::v1::ScopeSums& sums = all.emplace_back();
      *sums.mutable_scope() = scope;
      Sum state;
      Sum events;
      for (const auto& [key, operation] : Keys(scope, op_id)) {
        state.Add(KeyDigest(form, key, ValueDigest(operation.payload())));
      }
      for (std::uint64_t i = 1; i <= op_id; ++i) {
        if (!at(i).key().empty() || ScopeForm(ScopeOf(at(i))) != form) continue;
        sums.set_event_count(sums.event_count() + 1);
        events.Add(EventDigest(i, form, ValueDigest(at(i).payload())));
      }
      sums.set_state_digest(state.bytes());
      sums.set_event_hash(events.bytes());
    }
    return all;
  }

  std::string Chain(std::uint64_t op_id) const {
    std::string chain(32, '\0');
    for (std::uint64_t i = 1; i <= op_id; ++i) {
      if (!at(i).key().empty() || !at(i).target().has_all()) continue;
      chain = Sha256({chain, BigEndian64(i), at(i).payload().data()});
    }
    return chain;
  }

 private:
  std::mt19937_64* random_;
  std::vector<Operation> operations_;
};

// Plays the coordinator of one session after the other.
class SimulationTest : public ::testing::TestWithParam<int>, protected SessionDriver {
 protected:
  SimulationTest() : random_(static_cast<std::uint64_t>(GetParam())), log_(&random_) {}

  bool Chance(std::uint64_t of) { return log_.Draw(of) == 0; }

  // Plans as docs/sync.md has it, then queues the frames of the sync.
  void Answer() {
    const swarmlog::v1::Hello& hello = hellos.back();
    const LogResume resume = hello.resume_size() == 0 ? LogResume() : hello.resume(0);
    const std::uint64_t start = resume.position().op_id();
    const bool goes_on = resume.has_snapshot();
    const std::uint64_t target = goes_on ? resume.snapshot().position().op_id() : log_.head();
    LogPlan plan = goes_on || Chance(4) ? Snapshot(start, target) : Delta(start, target);
    if (goes_on) {
      plan.clear_snapshot_scopes();
      for (const Scope& scope : View()) {
        const bool held = std::any_of(resume.scopes().begin(), resume.scopes().end(), [&](const Scope& each) {
          return ScopeForm(each) == ScopeForm(scope);
        });
        if (!held) *plan.add_snapshot_scopes() = scope;
      }
    }
    // Not minimal, which is more than is needed, and never wrong: what was begun is not told to be exact.
    plan.set_exact(!resume.has_triple());
    *plan.mutable_head() = At(log_.head());
    frames_.clear();
    Welcome(plan);
    // Where a delta goes on, the keys up to its old target are of an unknown age.
    Between(start, target, plan.plan() == swarmlog::v1::PLAN_DELTA);
    for (const Scope& scope : plan.snapshot_scopes()) {
      const bool begun = goes_on && resume.snapshot().has_scope() &&
                         ScopeForm(resume.snapshot().scope()) == ScopeForm(scope);
      Pages(scope, target, begun ? resume.snapshot().last_key() : "");
    }
    End(target);
  }

  // Events, and of each key the newest operation.
  void Between(std::uint64_t start, std::uint64_t target, bool with_keys) {
    std::map<std::string, std::uint64_t> newest;
    for (std::uint64_t i = start + 1; i <= target; ++i) newest[ScopeForm(ScopeOf(log_.at(i))) + log_.at(i).key()] = i;
    sent_ = 0;
    for (std::uint64_t from = start; from < target;) {
      const std::uint64_t to = std::min(target, from + 1 + log_.Draw(4));
      DataResponse& frame = frames_.emplace_back();
      auto& delivery = *frame.mutable_delivery();
      delivery.set_from_op_id(from);
      *delivery.mutable_to() = At(to);
      for (std::uint64_t i = from + 1; i <= to; ++i) {
        const Operation& operation = log_.at(i);
        const bool is_newest = newest.at(ScopeForm(ScopeOf(operation)) + operation.key()) == i;
        if (!operation.key().empty() && !(with_keys && is_newest)) continue;
        *delivery.add_operations() = operation;
        ++sent_;
      }
      from = to;
    }
  }

  void Pages(const Scope& scope, std::uint64_t target, std::string after) {
    const auto keys = log_.Keys(scope, target);
    auto next = keys.upper_bound(after);
    if (after.empty()) next = keys.begin();
    while (true) {
      DataResponse& frame = frames_.emplace_back();
      auto& page = *frame.mutable_snapshot();
      *page.mutable_position() = At(target);
      *page.mutable_scope() = scope;
      page.set_after_key(after);
      for (std::uint64_t room = 1 + log_.Draw(2); next != keys.end() && room > 0; --room, ++next) {
        *page.add_operations() = next->second;
        page.set_through_key(next->first);
        ++paged_;
      }
      after = page.through_key();
      if (next == keys.end()) {
        page.clear_through_key();
        return;
      }
    }
  }

  void End(std::uint64_t target) {
    DataResponse receipt;
    *receipt.mutable_receipt() = Receipt(At(target), log_.Sums(target), sent_, paged_);
    frames_.push_back(receipt);
    DataResponse end;
    *end.mutable_caught_up()->mutable_position() = At(target);
    frames_.push_back(end);
    paged_ = 0;
    at_ = target;
  }

  // Behind a sync: all that is new, or falls behind.
  void GoOn() {
    const std::uint64_t head = log_.head();
    if (at_ == head) return;
    if (Chance(3)) {
      DataResponse frame;
      *frame.mutable_fell_behind()->mutable_position() = At(at_);
      *frame.mutable_fell_behind()->mutable_head() = At(head);
      frames_.push_back(frame);
      Between(at_, head, true);
      End(head);
      return;
    }
    // Some of it may come again.
    const std::uint64_t from = at_ - std::min(at_, log_.Draw(3));
    DataResponse frame;
    frame.mutable_delivery()->set_from_op_id(from);
    *frame.mutable_delivery()->mutable_to() = At(head);
    for (std::uint64_t i = from + 1; i <= head; ++i) *frame.mutable_delivery()->add_operations() = log_.at(i);
    frames_.push_back(frame);
    at_ = head;
  }

  // One thing that may happen.
  void Happen() {
    if (Chance(8)) {
      frames_.clear();
      if (Chance(2)) {
        Restart();  // Killed: what was being applied is not stored.
        session->Start();
      } else {
        session->StreamEnded(Failure::Retryable("cut"), now);
        if (applying.has_value() && Chance(2)) Work();
        Due(Timer::kReconnect);
        if (applying.has_value()) Work();  // It connects only then.
      }
      Answer();
    } else if (applying.has_value()) {
      Work();
    } else if (!frames_.empty()) {
      const DataResponse frame = frames_.front();
      frames_.erase(frames_.begin());
      Frame(frame);
    } else {
      GoOn();
    }
    if (Chance(3)) log_.Grow();
  }

  void Settle() {
    while (applying.has_value() || !frames_.empty() || at_ < log_.head()) {
      if (applying.has_value()) {
        Work();
      } else if (!frames_.empty()) {
        const DataResponse frame = frames_.front();
        frames_.erase(frames_.begin());
        Frame(frame);
      } else {
        GoOn();
      }
      if (HasFatalFailure()) return;
    }
  }

  std::mt19937_64 random_;
  Log log_;
  std::vector<DataResponse> frames_;
  std::uint64_t at_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t paged_ = 0;
};

TEST_P(SimulationTest, ShouldHoldWhatTheLogComesTo) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  for (std::uint64_t i = log_.Draw(8); i > 0; --i) log_.Grow();
  session->Start();
  Answer();
  for (int i = 0; i < kSteps && !HasFatalFailure(); ++i) Happen();
  Settle();
  const std::uint64_t head = log_.head();
  EXPECT_FALSE(HasSaid("Not what the receipt says")) << said.back();
  EXPECT_FALSE(HasSaid("Expected ")) << "a frame did not follow";
  EXPECT_EQ(Hex(stored.chain()), Hex(log_.Chain(head)));
  for (const auto& expected : log_.Sums(head)) {
    const ScopeHoldings* held = stored.holdings().Find(expected.scope());
    ASSERT_NE(held, nullptr);
    EXPECT_EQ(held->Sums().SerializeAsString(), expected.SerializeAsString());
  }
  // Each report once, in order, over all lives.
  std::vector<std::string> reported;
  for (std::uint64_t i = 1; i <= head; ++i) {
    if (log_.at(i).key().empty() && log_.at(i).target().has_all()) reported.push_back(log_.at(i).payload().data());
  }
  EXPECT_EQ(reports, reported);
}

INSTANTIATE_TEST_SUITE_P(Seeds, SimulationTest, ::testing::Range(0, kSeeds));

}  // namespace
}  // namespace polyglot
