#include "heartbeats.h"

#include <algorithm>

#include "swarmlog/v1/constants.h"

namespace polyglot {

namespace conduct = swarmlog::v1::constants::session;

void Heartbeats::Begin(std::uint32_t interval_ms) {
  interval_ = std::chrono::milliseconds(interval_ms > 0 ? interval_ms : conduct::kHeartbeatIntervalMs);
  answered_ = number_;
}

bool Heartbeats::are_unanswered() const { return number_ - answered_ >= conduct::kMaxUnansweredHeartbeats; }

swarmlog::v1::Heartbeat Heartbeats::Next(Now now) {
  swarmlog::v1::Heartbeat heartbeat;
  heartbeat.set_number(++number_);
  heartbeat.set_sent_unix_nano(static_cast<std::uint64_t>(now.unix_time.count()));
  if (!samples_.empty()) {
    const auto best = std::min_element(samples_.begin(), samples_.end(), [](const Sample& a, const Sample& b) {
      return a.round_trip_ns < b.round_trip_ns;
    });
    heartbeat.set_clock_offset_nano(best->offset_ns);
    heartbeat.set_clock_uncertainty_nano(best->round_trip_ns / 2);
  }
  return heartbeat;
}

void Heartbeats::Answered(const swarmlog::v1::HeartbeatReply& reply, Now now) {
  answered_ = std::max(answered_, std::min(reply.number(), number_));
  const auto sent = static_cast<std::int64_t>(reply.agent_sent_unix_nano());
  const auto received_there = static_cast<std::int64_t>(reply.received_unix_nano());
  const auto sent_there = static_cast<std::int64_t>(reply.sent_unix_nano());
  const std::int64_t round_trip = (now.unix_time.count() - sent) - (sent_there - received_there);
  if (round_trip < 0) return;  // A clock was set meanwhile.
  const std::int64_t offset = ((received_there - sent) + (sent_there - now.unix_time.count())) / 2;
  samples_.push_back({offset, static_cast<std::uint64_t>(round_trip)});
  if (samples_.size() > conduct::kClockSamples) samples_.pop_front();
}

}  // namespace polyglot
