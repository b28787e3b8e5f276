#include "backoff.h"

#include <algorithm>
#include <utility>

#include "swarmlog/v1/constants.h"

namespace polyglot {
namespace {

namespace conduct = swarmlog::v1::constants::backoff;

// Far beyond the last ceiling, and no overflow.
constexpr unsigned kMostDoublings = 30;

}  // namespace

Backoff::Backoff(Draw draw) : draw_(std::move(draw)) {}

void Backoff::Succeeded(Nanos now) {
  if (!succeeded_at_.has_value()) succeeded_at_ = now;
}

Nanos Backoff::Next(Nanos now, Nanos at_least, bool lost) {
  if (succeeded_at_.has_value() && now - *succeeded_at_ >= std::chrono::milliseconds(conduct::kStableMs)) attempt_ = 0;
  succeeded_at_.reset();
  if (lost) attempt_ = std::max(attempt_, static_cast<unsigned>(conduct::kAttemptAfterLoss));
  const Nanos doubled = std::chrono::milliseconds(conduct::kFirstCeilingMs) * (1L << std::min(attempt_, kMostDoublings));
  const Nanos ceiling = std::min<Nanos>(std::chrono::milliseconds(conduct::kLastCeilingMs), doubled);
  ++attempt_;
  return at_least + Nanos(draw_(ceiling.count()));
}

}  // namespace polyglot
