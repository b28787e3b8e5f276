// When to try again.
#pragma once

#include <chrono>
#include <functional>
#include <optional>

namespace polyglot {

using Nanos = std::chrono::nanoseconds;

// Exponential backoff with full jitter: the n-th delay is uniform between 0 and min(30 s, 100 ms x 2^n), so many agents
// that lost their coordinator together do not come back together. What worked for a while begins at 0 again; what only
// connected to be thrown out does not. Pure: time and randomness come from outside. Not thread-safe.
class Backoff {
 public:
  // Draws a number from 0 to `most`, both inclusive.
  using Draw = std::function<std::int64_t(std::int64_t most)>;

  explicit Backoff(Draw draw);

  // Things work at this time; the first such moment since the last delay counts.
  void Succeeded(Nanos now);
  // How long to wait. What the other side asked for comes on top. `lost`: a session that was established, which others may
  // have lost at the same moment.
  Nanos Next(Nanos now, Nanos at_least, bool lost);

 private:
  Draw draw_;
  unsigned attempt_ = 0;
  std::optional<Nanos> succeeded_at_;
};

}  // namespace polyglot
