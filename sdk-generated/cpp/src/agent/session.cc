#include "session.h"

#include <algorithm>
#include <sstream>
#include <utility>

#include "google/rpc/code.pb.h"
#include "swarmlog/v1/constants.h"

namespace polyglot {

using swarmlog::v1::ControlResponse;
using swarmlog::v1::NackReply;

namespace {

namespace conduct = swarmlog::v1::constants::session;

std::string Seconds(Nanos time) {
  std::ostringstream text;
  text.precision(2);
  text << std::fixed << std::chrono::duration<double>(time).count() << " s";
  return text.str();
}

std::uint64_t Milliseconds(Nanos time) {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

}  // namespace

Session::Session(swarmlog::v1::Hello hello, swarmlog::v1::LogResume stored, SessionOutput* output, Backoff::Draw draw)
    : hello_(std::move(hello)),
      lane_(std::move(stored)),
      output_(output),
      backoff_(draw),
      nack_backoff_(std::move(draw)) {}

void Session::Control(const ControlResponse& frame, Now now) {
  switch (frame.frame_case()) {
    case ControlResponse::kWelcome:
      if (phase_ == Phase::kConnecting) Welcome(frame.welcome(), now);
      break;
    case ControlResponse::kHeartbeatReply:
      heartbeats_.Answered(frame.heartbeat_reply(), now);
      break;
    case ControlResponse::kDrain:
      if (phase_ == Phase::kOpen) Drain(frame.drain(), now);
      break;
    case ControlResponse::kNackReply:
      if (phase_ == Phase::kOpen) Reply(frame.nack_reply(), now);
      break;
    case ControlResponse::kNotice:
      output_->Say("The coordinator passed over a frame: " + frame.notice().message());
      break;
    default:
      break;  // Of a later version; what must not be missed would come as a capability that was not asked for.
  }
}

void Session::Data(const swarmlog::v1::DataResponse& frame, Now now) {
  if (phase_ != Phase::kOpen || step_.has_value()) return;
  Outcome outcome = lane_.Frame(frame);
  if (auto* step = std::get_if<Step>(&outcome)) {
    step_ = std::move(*step);
    taken_back_.clear();
    Apply(now);
  } else if (const auto* resync = std::get_if<Resync>(&outcome)) {
    Disconnect(Failure::Retryable(resync->why), now);
  } else {
    const auto& read_on = std::get<ReadOn>(outcome);
    if (!read_on.say.empty()) output_->Say(read_on.say);
    if (read_on.ack.has_value()) Acknowledge(*read_on.ack, std::nullopt);
    output_->ReadLane();
  }
}

void Session::StreamEnded(const Failure& failure, Now now) {
  if (has_ended() || phase_ == Phase::kWaiting) return;
  if (closing_) {
    if (!applying_) FinishDrainIfIdle(now);
  } else if (failure.retryable) {
    lost_ = established_;
    Disconnect(failure, now);
  } else {
    Fail(failure);
  }
}

void Session::Done(const Applied& applied, Now now) {
  applying_ = false;
  const Step step = *std::move(step_);
  step_.reset();
  for (const std::string& mismatch : lane_.Commit(step, applied)) output_->Say("Not what the receipt says: " + mismatch);
  const bool in_session = phase_ == Phase::kOpen || (phase_ == Phase::kDraining && established_);
  if (in_session) {
    Acknowledge(lane_.committed(), applied.operations > 0 ? std::optional(now.unix_time) : std::nullopt);
  }
  FinishDrainIfIdle(now);
  if (phase_ == Phase::kWaiting && connects_when_idle_) Connect();
  if (phase_ != Phase::kOpen || !in_session) return;
  if (lane_.wants_snapshot()) {
    Disconnect(Failure::Retryable("The keyed state differs: it is asked for anew."), now);
  } else {
    output_->ReadLane();
  }
}

void Session::Done(const Refused& refused, Now now) {
  if (phase_ != Phase::kOpen) {
    GaveUp(now);  // And is refused again.
    return;
  }
  applying_ = false;
  output_->Say("Operation " + std::to_string(refused.op_id) + " cannot be applied: " + refused.why);
  if (!may_nack_) {
    tries_again_ = true;
    output_->Start(Timer::kNack, nack_backoff_.Next(now.steady, Nanos(0), false));
    return;
  }
  nack_.emplace();
  nack_->set_log(swarmlog::v1::LOG_MAIN);
  nack_->set_op_id(refused.op_id);
  nack_->set_reaction(swarmlog::v1::Nack::REACTION_PARK);
  nack_->mutable_status()->set_code(google::rpc::FAILED_PRECONDITION);
  nack_->mutable_status()->set_message(
      refused.why.substr(0, swarmlog::v1::constants::handler::kMaxStatusMessageChars));
  nack_->set_applied_before(refused.applied_before);
  tries_again_ = false;
  NackDue();
}

void Session::GaveUp(Now now) {
  applying_ = false;
  step_.reset();
  FinishDrainIfIdle(now);
  if (phase_ == Phase::kWaiting && connects_when_idle_) Connect();
}

void Session::CannotStore(const std::string& message) {
  applying_ = false;
  if (!has_ended()) Fail(Failure::Final(message));
}

void Session::Due(Timer timer, Now now) {
  if (has_ended()) return;
  switch (timer) {
    case Timer::kReconnect:
      // Hello must say what is held when the first delivery is read, so it waits for what is being applied.
      if (phase_ == Phase::kWaiting && applying_) connects_when_idle_ = true;
      if (phase_ == Phase::kWaiting && !applying_ && !closing_) Connect();
      break;
    case Timer::kHandshake:
      if (phase_ == Phase::kConnecting) {
        Disconnect(Failure::Retryable("Expected an answer to Hello within " +
                                      Seconds(std::chrono::milliseconds(conduct::kHandshakeTimeoutMs)) +
                                      ", but there was none."),
                   now);
      }
      break;
    case Timer::kHeartbeat:
      if (phase_ == Phase::kOpen || phase_ == Phase::kDraining) HeartbeatDue(now);
      break;
    case Timer::kNack:
      if (phase_ != Phase::kOpen || !step_.has_value() || applying_) break;
      if (tries_again_) {
        Apply(now);
      } else if (nack_.has_value()) {
        NackDue();
      }
      break;
  }
}

void Session::Close(Now now) {
  if (has_ended() || closing_) return;
  closing_ = true;
  if (phase_ != Phase::kOpen && phase_ != Phase::kDraining) established_ = false;
  phase_ = Phase::kDraining;
  FinishDrainIfIdle(now);
}

void Session::Connect() {
  connects_when_idle_ = false;
  swarmlog::v1::Hello hello = hello_;
  if (auto resume = lane_.Present()) *hello.add_resume() = *std::move(resume);
  drained_for_ = Nanos(0);
  lost_ = false;
  phase_ = Phase::kConnecting;
  output_->Start(Timer::kHandshake, std::chrono::milliseconds(conduct::kHandshakeTimeoutMs));
  output_->Connect(hello);
}

void Session::Welcome(const swarmlog::v1::Welcome& welcome, Now now) {
  if ((welcome.capabilities() & swarmlog::v1::CAPABILITY_SYNC) == 0) {
    Fail(Failure::Final("Expected a coordinator that sends deltas and receipts, but this one does not: upgrade it."));
    return;
  }
  const auto plan = std::find_if(welcome.plans().begin(), welcome.plans().end(),
                                 [](const auto& each) { return each.log() == swarmlog::v1::LOG_MAIN; });
  if (plan == welcome.plans().end()) {
    Fail(Failure::Final("Expected a plan for the log main, but Welcome has none."));
    return;
  }
  if (plan->plan() == swarmlog::v1::PLAN_REJECT) {
    Fail(Failure::Of(plan->status()));
    return;
  }
  backoff_.Succeeded(now.steady);
  established_ = true;
  may_nack_ = (welcome.capabilities() & swarmlog::v1::CAPABILITY_NACK) != 0;
  phase_ = Phase::kOpen;
  output_->Say("Connected as session " + welcome.session_id() + ": " + plan->reason());
  for (const auto& lost : plan->lost()) {
    output_->Say("Events between the operations " + std::to_string(lost.from_op_id()) + " and " +
                 std::to_string(lost.to_op_id()) + " are gone and cannot be applied any more.");
  }
  heartbeats_.Begin(welcome.heartbeat_interval_ms());
  lane_.Attach(*plan);
  swarmlog::v1::Attach attach;
  attach.set_session_id(welcome.session_id());
  attach.set_log(swarmlog::v1::LOG_MAIN);
  output_->Attach(attach);
  output_->ReadLane();
  HeartbeatDue(now);
}

void Session::Drain(const swarmlog::v1::Drain& drain, Now now) {
  output_->Say("The coordinator is about to go: " + drain.reason());
  drained_for_ = std::chrono::milliseconds(drain.reconnect_after_ms());
  phase_ = Phase::kDraining;
  FinishDrainIfIdle(now);
}

void Session::Reply(const NackReply& reply, Now now) {
  if (!nack_.has_value() || reply.log() != swarmlog::v1::LOG_MAIN || reply.op_id() != nack_->op_id()) return;
  switch (reply.outcome()) {
    case NackReply::OUTCOME_RETRY:
    case NackReply::OUTCOME_PARKED:
    case NackReply::OUTCOME_SKIPPED:
    case NackReply::OUTCOME_SUPERSEDED:
      taken_back_.insert(reply.op_id());
      nack_.reset();
      Apply(now);
      return;
    default:
      break;
  }
  // Not taken: worth another Nack, or another try of the operation. An outcome of a later version is asked for again.
  const Failure failure = Failure::Of(reply.status());
  output_->Say("The coordinator did not take operation " + std::to_string(reply.op_id()) + " back: " + failure.message);
  tries_again_ = reply.outcome() == NackReply::OUTCOME_REFUSED && !failure.retryable;
  output_->Start(Timer::kNack, nack_backoff_.Next(now.steady, failure.retry_after, false));
}

void Session::HeartbeatDue(Now now) {
  if (!established_) return;
  if (heartbeats_.are_unanswered()) {
    StreamEnded(Failure::Retryable("Expected an answer to one of the last " +
                                   std::to_string(conduct::kMaxUnansweredHeartbeats) +
                                   " heartbeats, but there was none."),
                now);
    return;
  }
  swarmlog::v1::Heartbeat heartbeat = heartbeats_.Next(now);
  if (applying_) heartbeat.set_handler_running_ms(Milliseconds(now.steady - applying_since_));
  heartbeat.set_ignored_duplicates(lane_.duplicates());
  heartbeat.set_out_of_order(lane_.out_of_order());
  output_->Send(heartbeat);
  output_->Start(Timer::kHeartbeat, heartbeats_.interval());
}

void Session::NackDue() {
  output_->Send(*nack_);
  output_->Start(Timer::kNack, std::chrono::milliseconds(conduct::kNackPatienceMs));
}

void Session::Apply(Now now) {
  applying_ = true;
  applying_since_ = now.steady;
  nack_.reset();
  output_->Apply(*step_, taken_back_);
}

void Session::Acknowledge(const swarmlog::v1::Position& position, std::optional<Nanos> applied_at) {
  swarmlog::v1::Ack ack;
  *ack.mutable_applied() = position;
  if (applied_at.has_value()) ack.set_applied_unix_nano(static_cast<std::uint64_t>(applied_at->count()));
  output_->Send(ack);
}

void Session::Disconnect(const Failure& why, Now now) {
  EndStreams(phase_ == Phase::kDraining);
  phase_ = Phase::kWaiting;
  const Nanos delay = backoff_.Next(now.steady, std::max(why.retry_after, drained_for_), lost_);
  output_->Say("Not connected, next try in " + Seconds(delay) + ": " + why.message);
  output_->Start(Timer::kReconnect, delay);
}

void Session::FinishDrainIfIdle(Now now) {
  if (phase_ != Phase::kDraining || applying_) return;
  if (!closing_) {
    Disconnect(Failure::Retryable("The coordinator asked to connect again."), now);
    return;
  }
  EndStreams(true);
  phase_ = Phase::kClosed;
  output_->Closed();
}

void Session::Fail(const Failure& why) {
  EndStreams(false);
  phase_ = Phase::kFailed;
  output_->Failed(why);
}

void Session::EndStreams(bool gently) {
  established_ = false;
  // What waits for an answer to a Nack comes again. What is being applied will be stored all the same.
  if (!applying_) step_.reset();
  nack_.reset();
  lane_.Detach();
  output_->EndStreams(gently);
}

}  // namespace polyglot
