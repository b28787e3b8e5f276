// The agent's side of a session: everything that is decided, and nothing that is done.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "backoff.h"
#include "failure.h"
#include "fold.h"
#include "heartbeats.h"
#include "lane.h"
#include "step.h"
#include "swarmlog/v1/session.pb.h"

namespace polyglot {

// One of each kind at most: starting it again replaces it.
enum class Timer { kReconnect, kHandshake, kHeartbeat, kNack };

// What the session has done. Answers come back as calls of Session, and never from within.
class SessionOutput {
 public:
  virtual ~SessionOutput() = default;
  // Opens Control with Hello; its frames are read one after the other.
  virtual void Connect(const swarmlog::v1::Hello& hello) = 0;
  // Opens Data, and reads nothing of it yet.
  virtual void Attach(const swarmlog::v1::Attach& attach) = 0;
  // Reads one frame of Data.
  virtual void ReadLane() = 0;
  virtual void Send(const swarmlog::v1::Ack& ack) = 0;
  virtual void Send(const swarmlog::v1::Heartbeat& heartbeat) = 0;
  virtual void Send(const swarmlog::v1::Nack& nack) = 0;
  // Ends both streams; `gently`: what was sent goes out before. Nothing more of them is told.
  virtual void EndStreams(bool gently) = 0;
  // Applies a step to what is held and stores it; Applied, or Refused, follows.
  virtual void Apply(const Step& step, const std::set<std::uint64_t>& taken_back) = 0;
  virtual void Start(Timer timer, Nanos delay) = 0;
  // For people.
  virtual void Say(const std::string& message) = 0;
  // The agent has ended: because it was told to, or for good.
  virtual void Closed() = 0;
  virtual void Failed(const Failure& why) = 0;
};

// Frames, timers, ends of streams and finished steps come in as calls. No I/O, no clock; not thread-safe.
//
//   in           on                                              to
//   WAITING      start, reconnect timer                          CONNECTING   (once no step is being applied)
//   CONNECTING   Welcome                                         OPEN         or FAILED, where a plan is REJECT
//   CONNECTING   handshake timer                                 WAITING
//   OPEN         gap, wrong state, heartbeats unanswered         WAITING
//   OPEN         Drain                                           DRAINING     nothing more is read
//   DRAINING     step applied, stream ended                      WAITING      or CLOSED, if it was close
//   any of them  retryable end of a stream                       WAITING
//   any of them  other end of a stream, state cannot be stored   FAILED
//   any of them  close                                           DRAINING, CLOSED
class Session {
 public:
  // `hello` without `resume`; `stored` is where the agent stands, without a position if it has none.
  Session(swarmlog::v1::Hello hello, swarmlog::v1::LogResume stored, SessionOutput* output, Backoff::Draw draw);

  void Start() { Connect(); }
  void Control(const swarmlog::v1::ControlResponse& frame, Now now);
  void Data(const swarmlog::v1::DataResponse& frame, Now now);
  // A stream ended, or could not be opened.
  void StreamEnded(const Failure& failure, Now now);
  void Done(const Applied& applied, Now now);
  void Done(const Refused& refused, Now now);
  // The step was given up, and nothing of it is stored: it comes again.
  void GaveUp(Now now);
  // What is held could not be stored, or what belongs to it not published, and another try would not help.
  void CannotStore(const std::string& message);
  void Due(Timer timer, Now now);
  // Finishes what is being applied, and ends.
  void Close(Now now);

 private:
  enum class Phase { kWaiting, kConnecting, kOpen, kDraining, kClosed, kFailed };

  bool has_ended() const { return phase_ == Phase::kClosed || phase_ == Phase::kFailed; }
  void Connect();
  void Welcome(const swarmlog::v1::Welcome& welcome, Now now);
  void Drain(const swarmlog::v1::Drain& drain, Now now);
  void Reply(const swarmlog::v1::NackReply& reply, Now now);
  void HeartbeatDue(Now now);
  void NackDue();
  void Apply(Now now);
  void Acknowledge(const swarmlog::v1::Position& position, std::optional<Nanos> applied_at);
  void Disconnect(const Failure& why, Now now);
  void FinishDrainIfIdle(Now now);
  void Fail(const Failure& why);
  void EndStreams(bool gently);

  swarmlog::v1::Hello hello_;
  Lane lane_;
  SessionOutput* output_;
  Backoff backoff_;
  Backoff nack_backoff_;
  Heartbeats heartbeats_;
  Phase phase_ = Phase::kWaiting;
  bool closing_ = false;
  bool established_ = false;  // Welcome has come.
  bool lost_ = false;         // The session was established, and ended by the other side: perhaps for many at once.
  bool connects_when_idle_ = false;
  bool may_nack_ = false;
  Nanos drained_for_{0};

  // The step that is being applied, or waits for what becomes of an operation of it.
  std::optional<Step> step_;
  bool applying_ = false;
  Nanos applying_since_{0};
  std::set<std::uint64_t> taken_back_;
  std::optional<swarmlog::v1::Nack> nack_;
  bool tries_again_ = false;  // When the Nack timer is over: the operation, and not the Nack.
};

}  // namespace polyglot
