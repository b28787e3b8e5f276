#include "fold.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace polyglot {

using swarmlog::v1::Operation;

namespace {

constexpr std::size_t kChainBytes = 32;
constexpr char kFirstPrintable = ' ';
constexpr char kLastPrintable = '~';

bool IsEvent(const Operation& operation) {
  return operation.topic() == swarmlog::v1::TOPIC_COMMANDS &&
         operation.operation_class() == swarmlog::v1::OPERATION_CLASS_EVENT;
}

bool IsReport(const Operation& operation) {
  return IsEvent(operation) && operation.payload().type() == "polyglot.Report";
}

// For all agents, and not given again to this one. What an expired key is deleted by has an origin, too.
bool Counts(const Operation& operation) {
  return operation.target().has_all() &&
         operation.origin().operation_class() == swarmlog::v1::OPERATION_CLASS_UNSPECIFIED;
}

// Why an operation can never be applied; nothing if it can.
std::optional<std::string> Unfit(const Operation& operation) {
  const std::string& data = operation.payload().data();
  const bool printable = std::all_of(data.begin(), data.end(), [](char byte) {
    return byte >= kFirstPrintable && byte <= kLastPrintable;
  });
  if (!IsReport(operation) || printable) return std::nullopt;
  return "Expected the text of a report in printable ASCII, but it has other bytes.";
}

swarmlog::v1::Scope Table() {
  swarmlog::v1::Scope scope;
  scope.set_topic(swarmlog::v1::TOPIC_RECONCILIATION);
  scope.mutable_target()->mutable_all();
  return scope;
}

swarmlog::v1::PublishGroup Answer(const Operation& ask, const std::string& agent) {
  const std::string op_id = std::to_string(ask.op_id());
  swarmlog::v1::PublishGroup group;
  group.set_idempotency_key(agent + "/" + op_id);
  swarmlog::v1::PublishRecord& record = *group.add_records();
  record.set_topic(swarmlog::v1::TOPIC_RECONCILIATION);
  record.mutable_target()->mutable_all();
  record.set_operation_class(swarmlog::v1::OPERATION_CLASS_KEYED);
  record.set_key("answer/" + agent + "/" + op_id);
  record.mutable_payload()->set_type("polyglot.Answer");
  record.mutable_payload()->set_content_type("text/plain; charset=utf-8");
  record.mutable_payload()->set_data("cpp");
  return group;
}

}  // namespace

std::vector<swarmlog::v1::PublishGroup> Answers(const Step& step, const std::string& agent) {
  std::vector<swarmlog::v1::PublishGroup> answers;
  const auto* delivered = std::get_if<Delivered>(&step.content);
  if (delivered == nullptr) return answers;
  for (const Operation& operation : delivered->operations) {
    const bool asks = IsEvent(operation) && Counts(operation) && operation.payload().type() == "polyglot.Ask";
    if (asks && operation.payload().data() == agent) answers.push_back(Answer(operation, agent));
  }
  return answers;
}

State::State() : chain_(kChainBytes, '\0') {}

State::State(swarmlog::v1::LogResume resume, const std::vector<Operation>& live, std::uint64_t events,
             std::string chain)
    : resume_(std::move(resume)), holdings_(resume_, live), events_(events), chain_(std::move(chain)) {}

std::variant<Applied, Refused> State::Apply(const Step& step, const std::set<std::uint64_t>& taken_back) {
  Applied applied;
  if (step.start.has_value()) holdings_.Begin(*step.start);
  if (const auto* delivered = std::get_if<Delivered>(&step.content)) {
    for (const Operation& operation : delivered->operations) {
      // Whatever becomes of it, it has been received: that is what sums are about.
      holdings_.Apply(operation);
      if (taken_back.count(operation.op_id()) > 0) {
        applied.operations = 0;  // The coordinator has counted what was before it.
        continue;
      }
      if (auto why = Unfit(operation)) return Refused{operation.op_id(), *std::move(why), applied.operations};
      if (IsEvent(operation) && Counts(operation)) Event(operation, &applied.reports);
      if (!operation.has_origin()) ++applied.operations;
    }
    for (const auto& skipped : delivered->skipped) holdings_.Skip(skipped, delivered->partly_seen);
  } else if (const auto* paged = std::get_if<Paged>(&step.content)) {
    holdings_.Apply(paged->page, paged->pending);
  } else {
    const auto& finished = std::get<Finished>(step.content);
    applied.mismatches = holdings_.Check(finished.receipt, finished.scopes);
  }
  resume_ = step.after;
  holdings_.Describe(&resume_);
  applied.resume = resume_;
  return applied;
}

void State::Event(const Operation& operation, std::vector<Report>* reports) {
  ++events_;
  chain_ = Sha256({chain_, BigEndian64(operation.op_id()), operation.payload().data()});
  if (!IsReport(operation)) return;
  Report report;
  report.text = operation.payload().data();
  report.op_id = operation.op_id();
  report.events = events_;
  report.chain = Hex(chain_);
  std::string table;
  if (const ScopeHoldings* held = holdings_.Find(Table())) {
    report.keys = held->keys().size();
    for (const auto& [key, value] : held->keys()) {
      const std::string& data = value.payload.data();
      table.append(BigEndian32(static_cast<std::uint32_t>(key.size()))).append(key);
      table.append(BigEndian32(static_cast<std::uint32_t>(data.size()))).append(data);
    }
  }
  report.table = Hex(Sha256({table}));
  reports->push_back(std::move(report));
}

}  // namespace polyglot
