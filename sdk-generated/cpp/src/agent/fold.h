// What this agent is for: it folds the log into a state, as docs/polyglot.md has it. Put your own work here.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "holdings.h"
#include "step.h"
#include "swarmlog/v1/publishing.pb.h"
#include "swarmlog/v1/resume.pb.h"

namespace polyglot {

// What is held as of a report. Digests in hexadecimal.
struct Report {
  std::string text;
  std::uint64_t op_id = 0;
  std::uint64_t events = 0;
  std::string chain;
  std::uint64_t keys = 0;
  std::string table;
};

// What came of a step.
struct Applied {
  swarmlog::v1::LogResume resume;  // What Hello says from now on.
  std::vector<Report> reports;
  Mismatches mismatches;
  std::uint64_t operations = 0;  // Since the last one that was taken back.
};

// All that the agent holds: what it made of the log, and where it stands there. Copies are independent: a step is applied
// to a copy, which takes the place of the one before once it is on the disk. Not thread-safe.
class State {
 public:
  State();
  State(swarmlog::v1::LogResume resume, const std::vector<swarmlog::v1::Operation>& live, std::uint64_t events,
        std::string chain);

  // Applies a step, but for operations that the coordinator has taken back. Undefined after a refusal.
  std::variant<Applied, Refused> Apply(const Step& step, const std::set<std::uint64_t>& taken_back);

  const swarmlog::v1::LogResume& resume() const { return resume_; }
  const Holdings& holdings() const { return holdings_; }
  std::uint64_t events() const { return events_; }
  const std::string& chain() const { return chain_; }

 private:
  void Event(const swarmlog::v1::Operation& operation, std::vector<Report>* reports);

  swarmlog::v1::LogResume resume_;
  Holdings holdings_;
  std::uint64_t events_ = 0;
  std::string chain_;
};

// What the agent has to publish, and to wait for, before it stores a step: its answers to asks. Under the same idempotency
// keys each time, so each is there once, however often the step is applied.
std::vector<swarmlog::v1::PublishGroup> Answers(const Step& step, const std::string& agent);

}  // namespace polyglot
