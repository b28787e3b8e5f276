#include "backoff.h"

#include <gtest/gtest.h>

namespace polyglot {
namespace {

using namespace std::chrono_literals;

class BackoffTest : public ::testing::Test {
 protected:
  // The longest there is, or none at all.
  Backoff longest_{[](std::int64_t most) { return most; }};
  Backoff shortest_{[](std::int64_t) { return std::int64_t{0}; }};
};

TEST_F(BackoffTest, ShouldDoubleUpToTheCeiling) {
  for (const Nanos expected : std::initializer_list<Nanos>{100ms, 200ms, 400ms, 800ms, 1600ms, 3200ms, 6400ms, 12800ms,
                                                           25600ms, 30s, 30s}) {
    EXPECT_EQ(longest_.Next(0ns, 0ns, false), expected);
  }
  for (int i = 0; i < 100; ++i) EXPECT_EQ(longest_.Next(0ns, 0ns, false), 30s);
}

TEST_F(BackoffTest, ShouldDrawFromNothingOn) { EXPECT_EQ(shortest_.Next(0ns, 0ns, true), 0ns); }

TEST_F(BackoffTest, ShouldWaitForWhatIsAskedAndJitterOnTop) {
  EXPECT_EQ(shortest_.Next(0ns, 2s, false), 2s);
  EXPECT_EQ(longest_.Next(0ns, 2s, false), 2100ms);
}

TEST_F(BackoffTest, ShouldSpreadThoseWhoLostTheSameSession) {
  EXPECT_EQ(longest_.Next(0ns, 0ns, true), 800ms);
  EXPECT_EQ(longest_.Next(0ns, 0ns, false), 1600ms);
}

TEST_F(BackoffTest, ShouldBeginAnewAfterWhatWorkedForAWhile) {
  for (int i = 0; i < 5; ++i) longest_.Next(0ns, 0ns, false);
  longest_.Succeeded(1s);
  EXPECT_EQ(longest_.Next(10s, 0ns, false), 3200ms) << "it has worked for 9 s only";
  longest_.Succeeded(11s);
  longest_.Succeeded(20s);
  EXPECT_EQ(longest_.Next(21s, 0ns, false), 100ms);
}

}  // namespace
}  // namespace polyglot
