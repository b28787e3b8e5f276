#include "session.h"

#include "session_driver.h"

namespace polyglot {
namespace {

using namespace testing;
using swarmlog::v1::ControlResponse;
using swarmlog::v1::DataResponse;
using swarmlog::v1::NackReply;

class SessionTest : public ::testing::Test, protected SessionDriver {
 protected:
  // Live at operation 2, with one event and one key.
  void GoLive() {
    Open(Delta(0, 2));
    Deliver(0, At(2), {Event(1, "one"), Keyed(2, "k", "v")});
    Work();
    Finish(Receipt(At(2), Sums(), 2));
    Work();
  }
};

TEST_F(SessionTest, ShouldCatchUpFromNothing) {
  session->Start();
  ASSERT_EQ(hellos.size(), 1U);
  EXPECT_EQ(hellos[0].resume_size(), 0);
  Welcome(Delta(0, 2));
  Deliver(0, At(2), {Event(1, "one"), Keyed(2, "k", "v")});
  EXPECT_FALSE(reads) << "one delivery at a time";
  EXPECT_TRUE(acks.empty()) << "nothing is stored yet";
  Work();
  ASSERT_EQ(acks.size(), 1U);
  EXPECT_EQ(acks[0].applied().op_id(), 2U);
  EXPECT_EQ(acks[0].applied_unix_nano(), static_cast<std::uint64_t>(now.unix_time.count()));
  Finish(Receipt(At(2), Sums(), 2));
  Work();
  EXPECT_FALSE(HasSaid("Not what the receipt says"));
  EXPECT_EQ(reports, std::vector<std::string>{"one"});
  EXPECT_TRUE(reads);
  Deliver(2, At(3), {Event(3, "three")});
  Work();
  EXPECT_EQ(reports.size(), 2U);
  EXPECT_EQ(stored.resume().interrupted_case(), swarmlog::v1::LogResume::INTERRUPTED_NOT_SET);
}

TEST_F(SessionTest, ShouldResumeADeltaWhereItWasCutOff) {
  Open(Delta(0, 9));
  Deliver(0, At(4), {Event(4, "four")});
  Work();
  Restart();
  session->Start();
  const auto& resume = hellos.back().resume(0);
  EXPECT_EQ(resume.position().SerializeAsString(), At(4).SerializeAsString());
  EXPECT_EQ(resume.triple().base_op_id(), 0U);
  EXPECT_EQ(resume.triple().cursor_op_id(), 4U);
  EXPECT_EQ(resume.triple().target_op_id(), 9U);
  EXPECT_TRUE(resume.triple().exact());
  EXPECT_EQ(resume.sums_size(), 0) << "they mean nothing in the middle of a sync";
  EXPECT_EQ(resume.scopes_size(), 4);
}

TEST_F(SessionTest, ShouldPresentItsSumsBetweenSyncs) {
  GoLive();
  Restart();
  session->Start();
  const auto& resume = hellos.back().resume(0);
  EXPECT_EQ(resume.interrupted_case(), swarmlog::v1::LogResume::INTERRUPTED_NOT_SET);
  EXPECT_EQ(resume.sums_size(), 4);
}

TEST_F(SessionTest, ShouldIgnoreWhatItHasApplied) {
  GoLive();
  acks.clear();
  Deliver(0, At(2), {Event(1, "one")});
  EXPECT_FALSE(applying.has_value());
  EXPECT_TRUE(reads);
  ASSERT_EQ(acks.size(), 1U);
  EXPECT_EQ(acks[0].applied().op_id(), 2U);
  EXPECT_EQ(acks[0].applied_unix_nano(), 0U);
  Deliver(0, At(3), {Event(1, "one"), Event(3, "three")});
  Work();
  EXPECT_EQ(reports, (std::vector<std::string>{"one", "three"}));
  EXPECT_EQ(stored.events(), 2U);
  Due(Timer::kHeartbeat);
  EXPECT_EQ(heartbeats.back().ignored_duplicates(), 2U);
}

TEST_F(SessionTest, ShouldConnectAgainAtAGap) {
  GoLive();
  Deliver(3, At(4), {Event(4, "four")});
  EXPECT_FALSE(applying.has_value());
  EXPECT_EQ(ended, std::vector<bool>{false});
  Due(Timer::kReconnect);
  EXPECT_EQ(hellos.back().resume(0).position().op_id(), 2U);
}

TEST_F(SessionTest, ShouldConnectAgainWhereOperationsAreOutOfOrder) {
  GoLive();
  Deliver(2, At(4), {Event(4, "four"), Event(3, "three")});
  EXPECT_FALSE(applying.has_value());
  EXPECT_EQ(ended.size(), 1U);
}

TEST_F(SessionTest, ShouldAskForASnapshotOnceWhereTheStateDiffers) {
  GoLive();
  Restart();
  auto wrong = Sums();
  for (auto& sums : wrong) sums.set_state_digest(std::string(16, '\x5'));
  for (const bool first : {true, false}) {
    Open(Snapshot(2, 2));
    for (const auto& scope : View()) {
      Page(At(2), scope, "", "", {});
      Work();
    }
    ended.clear();
    Finish(Receipt(At(2), wrong, 0));
    Work();
    EXPECT_TRUE(HasSaid("Expected the keyed state to have the digest 05050505"));
    // The second time nothing would be mended by that.
    EXPECT_EQ(ended.size(), first ? 1U : 0U);
    if (!first) break;
    Due(Timer::kReconnect);
    EXPECT_EQ(hellos.back().resume(0).sums_size(), 4) << "by these the coordinator notices";
    session->StreamEnded(Failure::Retryable("cut"), now);
    timers.clear();
  }
  EXPECT_TRUE(reads);
}

TEST_F(SessionTest, ShouldSayWhichEventsAreMissing) {
  Open(Delta(0, 2));
  Deliver(0, At(2), {Event(1, "one")});
  Work();
  auto sums = Sums();
  for (auto& each : sums) {
    if (each.event_count() == 0) continue;
    each.set_event_count(2);
    each.set_event_hash(std::string(16, '\x1'));
  }
  Finish(Receipt(At(2), sums, 2));
  Work();
  EXPECT_TRUE(HasSaid("Expected 2 events"));
  EXPECT_TRUE(HasSaid("Expected 2 operations, but 1 came."));
  EXPECT_TRUE(reads) << "they cannot be fetched again";
  EXPECT_EQ(Sums()[0].event_count() + Sums()[1].event_count(), 2U) << "it goes on as the coordinator counts";
}

TEST_F(SessionTest, ShouldTakeOverASnapshotAndResumeItInTheMiddle) {
  GoLive();
  Restart();
  Open(Snapshot(2, 9));
  Deliver(2, At(9), {Event(7, "seven")});
  Work();
  const auto table = ForAll(swarmlog::v1::TOPIC_RECONCILIATION);
  Page(At(9), View()[0], "", "", {});
  Work();
  Page(At(9), View()[1], "", "", {});
  Work();
  Page(At(9), table, "", "m", {Keyed(5, "l", "new")});
  Work();
  Restart();
  session->Start();
  const auto& resume = hellos.back().resume(0);
  EXPECT_EQ(resume.position().op_id(), 9U);
  EXPECT_EQ(resume.snapshot().last_key(), "m");
  EXPECT_EQ(resume.scopes_size(), 2) << "those whose last page has come";
  auto plan = Snapshot(9, 9);
  plan.mutable_snapshot_scopes()->DeleteSubrange(0, 2);
  Welcome(plan);
  Page(At(9), table, "m", "", {Keyed(6, "n", "newer")});
  Work();
  Page(At(9), View()[3], "", "", {});
  Work();
  Finish(Receipt(At(9), Sums(), 0, 1));
  Work();
  EXPECT_FALSE(HasSaid("Not what the receipt says"));
  const auto& keys = stored.holdings().Find(table)->keys();
  ASSERT_EQ(keys.size(), 2U) << "k is not in the snapshot";
  EXPECT_EQ(keys.at("l").payload.data(), "new");
  EXPECT_EQ(reports, (std::vector<std::string>{"one", "seven"}));
}

TEST_F(SessionTest, ShouldNotTakeAPageThatIsNotTheNext) {
  Open(Snapshot(0, 9));
  Page(At(9), View()[1], "", "", {});
  EXPECT_FALSE(applying.has_value());
  EXPECT_EQ(ended.size(), 1U);
}

TEST_F(SessionTest, ShouldFallBehindAndCatchUp) {
  GoLive();
  DataResponse frame;
  *frame.mutable_fell_behind()->mutable_position() = At(2);
  *frame.mutable_fell_behind()->mutable_head() = At(8);
  Frame(frame);
  Deliver(2, At(8), {Deletion(8, "k")});
  Work();
  EXPECT_EQ(stored.resume().triple().base_op_id(), 2U);
  Finish(Receipt(At(8), Sums(), 1));
  Work();
  EXPECT_FALSE(HasSaid("Not what the receipt says"));
  EXPECT_EQ(stored.resume().interrupted_case(), swarmlog::v1::LogResume::INTERRUPTED_NOT_SET);
}

TEST_F(SessionTest, ShouldPassOverWhatItDoesNotKnow) {
  GoLive();
  // Field 99, an empty message: an arm of a later version.
  const std::string unknown = "\x9a\x06" + std::string(1, '\0');
  DataResponse data;
  ASSERT_TRUE(data.ParseFromString(unknown));
  Frame(data);
  EXPECT_TRUE(reads);
  ControlResponse control;
  ASSERT_TRUE(control.ParseFromString(unknown));
  session->Control(control, now);
  EXPECT_TRUE(ended.empty());
  Deliver(2, At(3), {Event(3, "three")});
  Work();
  EXPECT_EQ(reports.back(), "three");
}

TEST_F(SessionTest, ShouldFinishBeforeItFollowsADrain) {
  GoLive();
  Deliver(2, At(3), {Event(3, "three")});
  ControlResponse frame;
  frame.mutable_drain()->set_reconnect_after_ms(5'000);
  session->Control(frame, now);
  EXPECT_TRUE(ended.empty());
  Work();
  EXPECT_EQ(acks.back().applied().op_id(), 3U);
  EXPECT_EQ(ended, std::vector<bool>{true});
  EXPECT_GE(timers.at(Timer::kReconnect), 5s);
  Due(Timer::kReconnect);
  EXPECT_EQ(hellos.back().resume(0).position().op_id(), 3U);
}

TEST_F(SessionTest, ShouldConnectAgainOnlyOnceWhatIsAppliedIsStored) {
  GoLive();
  Deliver(2, At(3), {Event(3, "three")});
  session->StreamEnded(Failure::Retryable("cut"), now);
  Due(Timer::kReconnect);
  EXPECT_EQ(hellos.size(), 1U);
  const std::size_t acked = acks.size();
  Work();
  ASSERT_EQ(hellos.size(), 2U);
  EXPECT_EQ(hellos.back().resume(0).position().op_id(), 3U);
  EXPECT_EQ(acks.size(), acked) << "there is no stream";
}

TEST_F(SessionTest, ShouldWaitAsLongAsItIsAskedTo) {
  session->Start();
  Failure failure = Failure::Retryable("not served");
  failure.retry_after = 7s;
  session->StreamEnded(failure, now);
  EXPECT_EQ(timers.at(Timer::kReconnect), 7s + 100ms);
}

TEST_F(SessionTest, ShouldEndWhereAnotherTryWouldGetTheSameAnswer) {
  session->Start();
  session->StreamEnded(Failure::Final("superseded"), now);
  ASSERT_TRUE(failed.has_value());
  EXPECT_EQ(failed->message, "superseded");
}

TEST_F(SessionTest, ShouldEndWhereItsPositionIsRejected) {
  auto plan = Delta(0, 2);
  plan.set_plan(swarmlog::v1::PLAN_REJECT);
  plan.mutable_status()->set_code(grpc::DATA_LOSS);
  plan.mutable_status()->set_message("beyond the head");
  Open(plan);
  ASSERT_TRUE(failed.has_value());
  EXPECT_EQ(failed->message, "beyond the head");
}

TEST_F(SessionTest, ShouldEndWhereItCannotStore) {
  GoLive();
  Deliver(2, At(3), {Event(3, "three")});
  session->CannotStore("disk full");
  ASSERT_TRUE(failed.has_value());
  EXPECT_EQ(acks.back().applied().op_id(), 2U);
}

TEST_F(SessionTest, ShouldNotWaitForAnAnswerToHelloForEver) {
  session->Start();
  EXPECT_EQ(timers.at(Timer::kHandshake), 10s);
  Due(Timer::kHandshake);
  Due(Timer::kReconnect);
  EXPECT_EQ(hellos.size(), 2U);
}

TEST_F(SessionTest, ShouldConnectAgainAfterThreeHeartbeatsWithoutAnswer) {
  Open(Delta(0, 0));
  EXPECT_EQ(heartbeats.size(), 1U);
  Due(Timer::kHeartbeat);
  ControlResponse answer;
  answer.mutable_heartbeat_reply()->set_number(2);
  session->Control(answer, now);
  for (int i = 0; i < 3; ++i) Due(Timer::kHeartbeat);
  EXPECT_TRUE(ended.empty());
  EXPECT_EQ(heartbeats.back().number(), 5U);
  Due(Timer::kHeartbeat);
  EXPECT_EQ(ended.size(), 1U);
}

TEST_F(SessionTest, ShouldSayHowTheClocksDiffer) {
  Open(Delta(0, 0));
  ControlResponse answer;
  auto& reply = *answer.mutable_heartbeat_reply();
  const auto sent = static_cast<std::uint64_t>(now.unix_time.count());
  reply.set_number(1);
  reply.set_agent_sent_unix_nano(sent);
  reply.set_received_unix_nano(sent + 1'003);
  reply.set_sent_unix_nano(sent + 1'004);
  now.unix_time += Nanos(7);
  session->Control(answer, now);
  Due(Timer::kHeartbeat);
  EXPECT_EQ(heartbeats.back().clock_offset_nano(), 1'000);
  EXPECT_EQ(heartbeats.back().clock_uncertainty_nano(), 3U);
}

TEST_F(SessionTest, ShouldHaveParkedWhatItCannotApply) {
  GoLive();
  Deliver(2, At(5), {Event(3, "three"), Event(4, "\x01"), Event(5, "five")});
  Work();
  ASSERT_EQ(nacks.size(), 1U);
  EXPECT_EQ(nacks[0].op_id(), 4U);
  EXPECT_EQ(nacks[0].reaction(), swarmlog::v1::Nack::REACTION_PARK);
  EXPECT_EQ(nacks[0].applied_before(), 1U);
  EXPECT_EQ(acks.back().applied().op_id(), 2U) << "nothing at or above it before the reply";
  EXPECT_FALSE(reads);
  Reply(3, NackReply::OUTCOME_PARKED);
  EXPECT_FALSE(applying.has_value()) << "that is of another operation";
  Reply(4, NackReply::OUTCOME_PARKED);
  Work();
  EXPECT_EQ(acks.back().applied().op_id(), 5U);
  EXPECT_EQ(stored.events(), 3U);
  EXPECT_EQ(reports, (std::vector<std::string>{"one", "three", "five"}));
  std::uint64_t counted = 0;
  for (const auto& sums : Sums()) counted += sums.event_count();
  EXPECT_EQ(counted, 4U) << "it has been received";
}

TEST_F(SessionTest, ShouldSendANackAgainThatWasNotTaken) {
  GoLive();
  Deliver(2, At(3), {Event(3, "\x01")});
  Work();
  Reply(3, NackReply::OUTCOME_REFUSED);
  EXPECT_EQ(nacks.size(), 1U);
  EXPECT_EQ(timers.at(Timer::kNack), 100ms);
  Due(Timer::kNack);
  EXPECT_EQ(nacks.size(), 2U);
  EXPECT_EQ(timers.at(Timer::kNack), 30s);
  Due(Timer::kNack);
  EXPECT_EQ(nacks.size(), 3U) << "it was not answered";
}

TEST_F(SessionTest, ShouldForgetANackWithTheSession) {
  GoLive();
  Deliver(2, At(3), {Event(3, "\x01")});
  Work();
  session->StreamEnded(Failure::Retryable("cut"), now);
  Due(Timer::kReconnect);
  EXPECT_EQ(hellos.back().resume(0).position().op_id(), 2U);
  Welcome(Delta(2, 3));
  Deliver(2, At(3), {Event(3, "\x01")});
  Work();
  EXPECT_EQ(nacks.size(), 2U);
}

TEST_F(SessionTest, ShouldHoldTheLaneWhereTheCoordinatorTakesNothingBack) {
  session->Start();
  Welcome(Delta(0, 1), swarmlog::v1::CAPABILITY_SYNC);
  Deliver(0, At(1), {Event(1, "\x01")});
  Work();
  EXPECT_TRUE(nacks.empty());
  EXPECT_FALSE(reads);
  Due(Timer::kNack);
  EXPECT_TRUE(applying.has_value());
}

TEST_F(SessionTest, ShouldCloseOnceWhatIsAppliedIsStored) {
  GoLive();
  Deliver(2, At(3), {Event(3, "three")});
  session->Close(now);
  EXPECT_FALSE(closed);
  Work();
  EXPECT_TRUE(closed);
  EXPECT_EQ(acks.back().applied().op_id(), 3U);
  EXPECT_EQ(ended, std::vector<bool>{true});
}

TEST_F(SessionTest, ShouldCloseWhereTheStepIsGivenUp) {
  GoLive();
  Deliver(2, At(3), {Event(3, "three")});
  session->Close(now);
  session->GaveUp(now);
  EXPECT_TRUE(closed);
  EXPECT_EQ(acks.back().applied().op_id(), 2U);
}

TEST_F(SessionTest, ShouldCloseWhileItWaits) {
  session->Start();
  session->StreamEnded(Failure::Retryable("refused"), now);
  session->Close(now);
  EXPECT_TRUE(closed);
}

TEST_F(SessionTest, ShouldTakeAnotherHistoryOver) {
  GoLive();
  Restart();
  auto plan = Snapshot(9, 9);
  *plan.mutable_start() = *plan.mutable_target() = At(9, 8);
  Open(plan);
  for (const auto& scope : View()) {
    Page(At(9, 8), scope, "", "", {});
    Work();
  }
  auto sums = Sums();
  for (auto& each : sums) {
    each.set_event_count(5);
    each.set_event_hash(std::string(16, '\x2'));
  }
  Finish(Receipt(At(9, 8), sums, 0));
  Work();
  EXPECT_FALSE(HasSaid("Not what the receipt says")) << "its events are not those that were counted";
  Deliver(9, At(10, 8), {Event(10, "ten")});
  Work();
  EXPECT_EQ(reports.back(), "ten");
}

}  // namespace
}  // namespace polyglot
