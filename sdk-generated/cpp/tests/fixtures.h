// What the tests of the agent are made of.
#pragma once

#include <string>
#include <vector>

#include "digest.h"
#include "swarmlog/v1/operation.pb.h"
#include "swarmlog/v1/position.pb.h"
#include "swarmlog/v1/sync.pb.h"

namespace polyglot::testing {

inline swarmlog::v1::Position At(std::uint64_t op_id, std::uint64_t epoch = 7) {
  swarmlog::v1::Position position;
  position.set_incarnation(3);
  position.set_epoch(epoch);
  position.set_log(swarmlog::v1::LOG_MAIN);
  position.set_op_id(op_id);
  position.set_running_hash(std::string(16, static_cast<char>(op_id)));
  return position;
}

inline swarmlog::v1::Scope ForAll(swarmlog::v1::Topic topic) {
  swarmlog::v1::Scope scope;
  scope.set_topic(topic);
  scope.mutable_target()->mutable_all();
  return scope;
}

inline swarmlog::v1::Scope ForAgent(swarmlog::v1::Topic topic, const std::string& name) {
  swarmlog::v1::Scope scope;
  scope.set_topic(topic);
  scope.mutable_target()->set_agent(name);
  return scope;
}

inline std::vector<swarmlog::v1::Scope> View() {
  return {ForAll(swarmlog::v1::TOPIC_COMMANDS), ForAgent(swarmlog::v1::TOPIC_COMMANDS, "a"),
          ForAll(swarmlog::v1::TOPIC_RECONCILIATION), ForAgent(swarmlog::v1::TOPIC_RECONCILIATION, "a")};
}

inline swarmlog::v1::Operation Event(std::uint64_t op_id, const std::string& text,
                                     const std::string& type = "polyglot.Report") {
  swarmlog::v1::Operation operation;
  operation.set_op_id(op_id);
  operation.set_topic(swarmlog::v1::TOPIC_COMMANDS);
  operation.mutable_target()->mutable_all();
  operation.set_operation_class(swarmlog::v1::OPERATION_CLASS_EVENT);
  operation.mutable_payload()->set_type(type);
  operation.mutable_payload()->set_data(text);
  return operation;
}

inline swarmlog::v1::Operation Keyed(std::uint64_t op_id, const std::string& key, const std::string& value) {
  swarmlog::v1::Operation operation = Event(op_id, value, "test.Text");
  operation.set_topic(swarmlog::v1::TOPIC_RECONCILIATION);
  operation.set_operation_class(swarmlog::v1::OPERATION_CLASS_KEYED);
  operation.set_key(key);
  return operation;
}

inline swarmlog::v1::Operation Deletion(std::uint64_t op_id, const std::string& key) {
  swarmlog::v1::Operation operation = Keyed(op_id, key, "");
  operation.clear_payload();
  operation.set_tombstone(true);
  return operation;
}

// The receipt of whoever holds just this.
inline swarmlog::v1::SyncReceipt Receipt(const swarmlog::v1::Position& target,
                                         const std::vector<swarmlog::v1::ScopeSums>& sums, std::uint64_t sent,
                                         std::uint64_t paged = 0) {
  swarmlog::v1::SyncReceipt receipt;
  *receipt.mutable_target() = target;
  for (const auto& each : sums) *receipt.add_sums() = each;
  receipt.set_sent_count(sent);
  receipt.set_snapshot_count(paged);
  return receipt;
}

}  // namespace polyglot::testing
