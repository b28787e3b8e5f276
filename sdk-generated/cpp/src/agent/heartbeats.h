// Heartbeats, and what their answers tell of the coordinator's clock.
#pragma once

#include <cstdint>
#include <deque>

#include "backoff.h"
#include "swarmlog/v1/session.pb.h"

namespace polyglot {

// Both clocks of this machine, at one moment.
struct Now {
  Nanos steady{0};
  Nanos unix_time{0};
};

// Pure. Not thread-safe.
class Heartbeats {
 public:
  // A session is open; 0 where the coordinator does not say how often.
  void Begin(std::uint32_t interval_ms);
  Nanos interval() const { return interval_; }
  // So many in a row that the connection counts as dead.
  bool are_unanswered() const;
  // The next one to send: number and clocks.
  swarmlog::v1::Heartbeat Next(Now now);
  void Answered(const swarmlog::v1::HeartbeatReply& reply, Now now);

 private:
  struct Sample {
    std::int64_t offset_ns = 0;  // How far the coordinator's clock is ahead.
    std::uint64_t round_trip_ns = 0;
  };

  Nanos interval_{0};
  std::uint64_t number_ = 0;
  std::uint64_t answered_ = 0;
  std::deque<Sample> samples_;
};

}  // namespace polyglot
