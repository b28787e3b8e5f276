#include "state_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "fixtures.h"

namespace polyglot {
namespace {

using namespace testing;
using swarmlog::v1::LogResume;

class StateFileTest : public ::testing::Test {
 protected:
  StateFileTest() {
    std::string name = (std::filesystem::temp_directory_path() / "state-file-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~StateFileTest() override { std::filesystem::remove_all(folder_); }

  static State Some() {
    State state;
    Step step;
    *step.after.mutable_position() = At(3);
    step.after.mutable_triple()->set_target_op_id(9);
    step.start = SyncStart{View(), true, false, false};
    step.content = Delivered{{Event(1, "a"), Keyed(2, "k", "v"), Keyed(3, "l", "w")}, {}, false};
    EXPECT_TRUE(std::holds_alternative<Applied>(state.Apply(step, {})));
    return state;
  }

  std::string Bytes() const {
    std::ifstream file(folder_ / "state", std::ios::binary);
    return {(std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>()};
  }

  void Overwrite(const std::string& bytes) const {
    std::ofstream(folder_ / "state", std::ios::binary | std::ios::trunc) << bytes;
  }

  std::filesystem::path folder_;
};

TEST_F(StateFileTest, ShouldBeEmptyAtFirst) {
  const StateFile file(folder_, "s", "a");
  EXPECT_EQ(file.Read().events(), 0U);
  EXPECT_FALSE(file.Read().resume().has_position());
}

TEST_F(StateFileTest, ShouldReadWhatWasWritten) {
  const State state = Some();
  {
    const StateFile file(folder_, "s", "a");
    file.Write(State());
    file.Write(state);
  }
  const State read = StateFile(folder_, "s", "a").Read();
  EXPECT_EQ(read.events(), 1U);
  EXPECT_EQ(read.chain(), state.chain());
  EXPECT_EQ(read.resume().SerializeAsString(), state.resume().SerializeAsString());
  // The sums are computed anew from the keys.
  LogResume described;
  read.holdings().Describe(&described);
  EXPECT_EQ(described.sums_size(), 4);
  for (int i = 0; i < described.sums_size(); ++i) {
    EXPECT_EQ(described.sums(i).SerializeAsString(), state.resume().sums(i).SerializeAsString());
  }
}

TEST_F(StateFileTest, ShouldIgnoreWhatAKillLeftBeside) {
  const StateFile file(folder_, "s", "a");
  file.Write(Some());
  std::ofstream(folder_ / "state.next") << "torn";
  EXPECT_EQ(file.Read().events(), 1U);
  file.Write(State());
  EXPECT_EQ(file.Read().events(), 0U);
}

TEST_F(StateFileTest, ShouldNoticeDamageAnywhere) {
  const StateFile file(folder_, "s", "a");
  file.Write(Some());
  const std::string bytes = Bytes();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    Overwrite(damaged);
    EXPECT_THROW(file.Read(), StateError) << "byte " << i;
    Overwrite(bytes.substr(0, i));
    EXPECT_THROW(file.Read(), StateError) << "cut at " << i;
  }
}

TEST_F(StateFileTest, ShouldRefuseTheStateOfAnother) {
  StateFile(folder_, "s", "a").Write(Some());
  EXPECT_THROW(StateFile(folder_, "s", "b").Read(), StateError);
  EXPECT_THROW(StateFile(folder_, "t", "a").Read(), StateError);
}

TEST_F(StateFileTest, ShouldBelongToOneProcess) {
  const StateFile file(folder_, "s", "a");
  EXPECT_THROW(StateFile(folder_, "s", "a"), StateError);
}

}  // namespace
}  // namespace polyglot
