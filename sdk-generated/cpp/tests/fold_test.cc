#include "fold.h"

#include <gtest/gtest.h>

#include "fixtures.h"

namespace polyglot {
namespace {

using namespace testing;
using swarmlog::v1::Operation;

Step Of(const std::vector<Operation>& operations) {
  Step step;
  *step.after.mutable_position() = At(operations.empty() ? 0 : operations.back().op_id());
  step.start = SyncStart{View(), true, false, false};
  step.content = Delivered{operations, {}, false};
  return step;
}

TEST(FoldTest, ShouldReportAsTheOtherLanguagesDo) {
  State state;
  const auto applied = std::get<Applied>(state.Apply(Of({Event(1, "a"), Event(2, "b")}), {}));
  ASSERT_EQ(applied.reports.size(), 2U);
  EXPECT_EQ(applied.reports[1].events, 2U);
  // Of the agent in Python.
  EXPECT_EQ(applied.reports[1].chain, "ac801c2ef8753f5f117fa8512dea5681d91feb10de2a4af83a72cb74b5cffce2");
  EXPECT_EQ(applied.reports[1].table, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(FoldTest, ShouldHaveInTheTableWhatIsForAllAgents) {
  State state;
  Operation for_itself = Keyed(3, "m", "no");
  for_itself.mutable_target()->set_agent("a");
  Operation of_commands = Keyed(4, "n", "no");
  of_commands.set_topic(swarmlog::v1::TOPIC_COMMANDS);
  const auto applied = std::get<Applied>(
      state.Apply(Of({Keyed(1, "k", "v"), Keyed(2, "l", "w"), for_itself, of_commands, Deletion(5, "l"), Event(6, "r")}), {}));
  ASSERT_EQ(applied.reports.size(), 1U);
  EXPECT_EQ(applied.reports[0].keys, 1U);
  EXPECT_EQ(applied.reports[0].table,
            Hex(Sha256({BigEndian32(1), "k", BigEndian32(1), "v"})));
}

TEST(FoldTest, ShouldPassOverWhatDoesNotCount) {
  State state;
  Operation for_itself = Event(1, "a");
  for_itself.mutable_target()->set_agent("a");
  Operation again = Event(2, "b");
  again.mutable_origin()->set_operation_class(swarmlog::v1::OPERATION_CLASS_EVENT);
  Operation of_reconciliation = Event(3, "c");
  of_reconciliation.set_topic(swarmlog::v1::TOPIC_RECONCILIATION);
  const auto applied = std::get<Applied>(state.Apply(Of({for_itself, again, of_reconciliation}), {}));
  EXPECT_EQ(state.events(), 0U);
  EXPECT_TRUE(applied.reports.empty());
}

TEST(FoldTest, ShouldAnswerWhatItIsAsked) {
  const std::vector<Operation> operations = {Event(4, "a", "polyglot.Ask"), Event(5, "b", "polyglot.Ask"),
                                             Event(6, "a", "polyglot.Report"), Keyed(7, "a", "a")};
  const auto answers = Answers(Of(operations), "a");
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].idempotency_key(), "a/4");
  EXPECT_EQ(answers[0].number(), 0U);
  ASSERT_EQ(answers[0].records_size(), 1);
  EXPECT_EQ(answers[0].records(0).key(), "answer/a/4");
  EXPECT_EQ(answers[0].records(0).payload().data(), "cpp");
  EXPECT_TRUE(answers[0].records(0).target().has_all());
}

}  // namespace
}  // namespace polyglot
