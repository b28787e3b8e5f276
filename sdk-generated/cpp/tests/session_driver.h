// A session with everything around it played by the test: network, disk and clock.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "fixtures.h"
#include "session.h"

namespace polyglot::testing {

using namespace std::chrono_literals;

// Records what the session has done, and applies steps to a state that is stored when the test says so.
class SessionDriver : public SessionOutput {
 public:
  SessionDriver() { Restart(); }

  // As a process that is started again: what is stored is all that is left.
  void Restart() {
    swarmlog::v1::Hello hello;
    hello.set_agent("a");
    session.emplace(hello, stored.resume(), this, [](std::int64_t most) { return most; });
    applying.reset();
    timers.clear();
  }

  // Up to where frames of the lane are read.
  void Open(const swarmlog::v1::LogPlan& plan) {
    session->Start();
    Welcome(plan);
  }

  void Welcome(const swarmlog::v1::LogPlan& plan, std::uint64_t capabilities = swarmlog::v1::CAPABILITY_SYNC |
                                                                                swarmlog::v1::CAPABILITY_NACK) {
    swarmlog::v1::ControlResponse frame;
    frame.mutable_welcome()->set_session_id("s");
    frame.mutable_welcome()->set_capabilities(capabilities);
    *frame.mutable_welcome()->add_plans() = plan;
    session->Control(frame, now);
  }

  // A frame that is read only because the session asked for one.
  void Frame(const swarmlog::v1::DataResponse& frame) {
    ASSERT_TRUE(reads) << "nobody reads";
    reads = false;
    session->Data(frame, now);
  }

  void Deliver(std::uint64_t from, const swarmlog::v1::Position& to,
               const std::vector<swarmlog::v1::Operation>& operations) {
    swarmlog::v1::DataResponse frame;
    frame.mutable_delivery()->set_from_op_id(from);
    *frame.mutable_delivery()->mutable_to() = to;
    for (const auto& operation : operations) *frame.mutable_delivery()->add_operations() = operation;
    Frame(frame);
  }

  void Page(const swarmlog::v1::Position& at, const swarmlog::v1::Scope& scope, const std::string& after,
            const std::string& through, const std::vector<swarmlog::v1::Operation>& operations) {
    swarmlog::v1::DataResponse frame;
    auto& page = *frame.mutable_snapshot();
    *page.mutable_position() = at;
    *page.mutable_scope() = scope;
    page.set_after_key(after);
    page.set_through_key(through);
    for (const auto& operation : operations) *page.add_operations() = operation;
    Frame(frame);
  }

  // The receipt and the end of a sync.
  void Finish(const swarmlog::v1::SyncReceipt& receipt) {
    swarmlog::v1::DataResponse frame;
    *frame.mutable_receipt() = receipt;
    Frame(frame);
    frame.mutable_caught_up()->mutable_position()->CopyFrom(receipt.target());
    Frame(frame);
  }

  void Reply(std::uint64_t op_id, swarmlog::v1::NackReply::Outcome outcome) {
    swarmlog::v1::ControlResponse frame;
    frame.mutable_nack_reply()->set_log(swarmlog::v1::LOG_MAIN);
    frame.mutable_nack_reply()->set_op_id(op_id);
    frame.mutable_nack_reply()->set_outcome(outcome);
    frame.mutable_nack_reply()->mutable_status()->set_code(grpc::UNAVAILABLE);
    session->Control(frame, now);
  }

  // The worker is done with the step that it was given.
  void Work() {
    ASSERT_TRUE(applying.has_value()) << "nothing is to be applied";
    const auto [step, taken_back] = *std::move(applying);
    applying.reset();
    State next = stored;
    const auto outcome = next.Apply(step, taken_back);
    if (const auto* refused = std::get_if<Refused>(&outcome)) return session->Done(*refused, now);
    stored = next;
    for (const auto& report : std::get<Applied>(outcome).reports) reports.push_back(report.text);
    session->Done(std::get<Applied>(outcome), now);
  }

  void Due(Timer timer) {
    ASSERT_EQ(timers.count(timer), 1U);
    now.steady += timers.at(timer);
    now.unix_time += timers.at(timer);
    timers.erase(timer);
    session->Due(timer, now);
  }

  std::vector<swarmlog::v1::ScopeSums> Sums() const {
    swarmlog::v1::LogResume resume;
    stored.holdings().Describe(&resume);
    return {resume.sums().begin(), resume.sums().end()};
  }

  bool HasSaid(const std::string& part) const {
    for (const std::string& text : said) {
      if (text.find(part) != std::string::npos) return true;
    }
    return false;
  }

  void Connect(const swarmlog::v1::Hello& hello) override { hellos.push_back(hello); }
  void Attach(const swarmlog::v1::Attach&) override { reads = false; }
  void ReadLane() override { reads = true; }
  void Send(const swarmlog::v1::Ack& ack) override { acks.push_back(ack); }
  void Send(const swarmlog::v1::Heartbeat& heartbeat) override { heartbeats.push_back(heartbeat); }
  void Send(const swarmlog::v1::Nack& nack) override { nacks.push_back(nack); }
  void EndStreams(bool gently) override { ended.push_back(gently); }
  void Apply(const Step& step, const std::set<std::uint64_t>& taken_back) override { applying.emplace(step, taken_back); }
  void Start(Timer timer, Nanos delay) override { timers[timer] = delay; }
  void Say(const std::string& message) override { said.push_back(message); }
  void Closed() override { closed = true; }
  void Failed(const Failure& why) override { failed = why; }

  Now now{100s, 1'000'000s};
  State stored;
  std::optional<Session> session;
  std::optional<std::pair<Step, std::set<std::uint64_t>>> applying;
  bool reads = false;
  bool closed = false;
  std::optional<Failure> failed;
  std::map<Timer, Nanos> timers;
  std::vector<swarmlog::v1::Hello> hellos;
  std::vector<swarmlog::v1::Ack> acks;
  std::vector<swarmlog::v1::Heartbeat> heartbeats;
  std::vector<swarmlog::v1::Nack> nacks;
  std::vector<bool> ended;
  std::vector<std::string> reports;
  std::vector<std::string> said;
};

// A delta from where the agent stands.
inline swarmlog::v1::LogPlan Delta(std::uint64_t start, std::uint64_t target) {
  swarmlog::v1::LogPlan plan;
  plan.set_log(swarmlog::v1::LOG_MAIN);
  plan.set_plan(swarmlog::v1::PLAN_DELTA);
  *plan.mutable_start() = At(start);
  *plan.mutable_target() = At(target);
  *plan.mutable_head() = At(target);
  plan.set_base_op_id(start);
  plan.set_exact(true);
  for (const auto& scope : View()) *plan.add_scopes() = scope;
  return plan;
}

inline swarmlog::v1::LogPlan Snapshot(std::uint64_t start, std::uint64_t target) {
  swarmlog::v1::LogPlan plan = Delta(start, target);
  plan.set_plan(swarmlog::v1::PLAN_SNAPSHOT);
  *plan.mutable_snapshot_scopes() = plan.scopes();
  return plan;
}

}  // namespace polyglot::testing
