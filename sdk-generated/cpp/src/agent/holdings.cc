#include "holdings.h"

#include <set>
#include <utility>

namespace polyglot {

using swarmlog::v1::Operation;
using swarmlog::v1::Scope;

namespace {

std::string Describe(const Scope& scope) {
  std::string text = swarmlog::v1::Topic_Name(scope.topic());
  if (scope.target().has_agent()) text += " for agent " + scope.target().agent();
  if (scope.target().has_role()) text += " for role " + scope.target().role();
  return text;
}

}  // namespace

ScopeHoldings::ScopeHoldings(Scope scope) : scope_(std::move(scope)), form_(ScopeForm(scope_)) {}

void ScopeHoldings::Set(const Operation& operation) {
  Delete(operation.key());
  if (operation.tombstone()) return;
  // Computed and not taken from the operation: so a value that was damaged on the way here, or in the file, is noticed.
  Held& held = keys_[operation.key()];
  held.payload = operation.payload();
  held.value_digest = ValueDigest(operation.payload());
  state_.Add(KeyDigest(form_, operation.key(), held.value_digest));
}

void ScopeHoldings::Delete(const std::string& key) {
  const auto found = keys_.find(key);
  if (found == keys_.end()) return;
  state_.Subtract(KeyDigest(form_, key, found->second.value_digest));
  keys_.erase(found);
}

void ScopeHoldings::Replace(const swarmlog::v1::SnapshotPage& page) {
  const auto end = page.through_key().empty() ? keys_.end() : keys_.upper_bound(page.through_key());
  std::vector<std::string> replaced;
  const auto begin = page.after_key().empty() ? keys_.begin() : keys_.upper_bound(page.after_key());
  for (auto entry = begin; entry != end; ++entry) replaced.push_back(entry->first);
  for (const std::string& key : replaced) Delete(key);
  for (const Operation& operation : page.operations()) Set(operation);
}

void ScopeHoldings::Event(const Operation& operation) {
  ++event_count_;
  event_hash_.Add(EventDigest(operation.op_id(), form_, ValueDigest(operation.payload())));
}

void ScopeHoldings::Skip(const swarmlog::v1::Skipped& skipped) {
  event_count_ += skipped.count();
  event_hash_.Add(Sum(skipped.event_hash()).bytes());
}

void ScopeHoldings::TakeEvents(std::uint64_t count, const Sum& hash) {
  event_count_ = count;
  event_hash_ = hash;
  events_known_ = true;
}

swarmlog::v1::ScopeSums ScopeHoldings::Sums() const {
  swarmlog::v1::ScopeSums sums;
  *sums.mutable_scope() = scope_;
  sums.set_state_digest(state_.bytes());
  if (events_known_) {
    sums.set_event_count(event_count_);
    sums.set_event_hash(event_hash_.bytes());
  }
  return sums;
}

Holdings::Holdings(const swarmlog::v1::LogResume& resume, const std::vector<Operation>& live) {
  for (const auto& sums : resume.sums()) {
    ScopeHoldings& holdings = Require(sums.scope()).holdings;
    holdings.ForgetEvents();
    if (!sums.event_hash().empty()) holdings.TakeEvents(sums.event_count(), Sum(sums.event_hash()));
  }
  for (const Scope& scope : resume.scopes()) Require(scope).held = true;
  for (const Operation& operation : live) Require(ScopeOf(operation)).holdings.Set(operation);
}

Holdings::Entry& Holdings::Require(const Scope& scope) {
  return scopes_.try_emplace(ScopeForm(scope), Entry{ScopeHoldings(scope)}).first->second;
}

void Holdings::Begin(const SyncStart& start) {
  std::set<std::string> view;
  for (const Scope& scope : start.scopes) view.insert(ScopeForm(scope));
  for (auto entry = scopes_.begin(); entry != scopes_.end();) {
    entry = view.count(entry->first) == 0 ? scopes_.erase(entry) : std::next(entry);
  }
  for (const Scope& scope : start.scopes) {
    const bool added = scopes_.count(ScopeForm(scope)) == 0;
    Entry& entry = Require(scope);
    if (start.fresh) entry.held = true;
    // Events of an added scope are counted from the receipt on.
    if (start.replaces_history || (added && !start.fresh)) entry.holdings.ForgetEvents();
    if (start.begins_snapshot) entry.held = false;
  }
}

void Holdings::Apply(const Operation& operation) {
  const auto found = scopes_.find(ScopeForm(ScopeOf(operation)));
  if (found == scopes_.end()) return;  // Of no scope of the view, so nothing that is held.
  if (operation.operation_class() == swarmlog::v1::OPERATION_CLASS_EVENT) found->second.holdings.Event(operation);
  if (operation.operation_class() == swarmlog::v1::OPERATION_CLASS_KEYED) found->second.holdings.Set(operation);
}

void Holdings::Skip(const swarmlog::v1::Skipped& skipped, bool partly_seen) {
  const auto found = scopes_.find(ScopeForm(skipped.scope()));
  if (found == scopes_.end()) return;
  if (partly_seen) {
    found->second.holdings.ForgetEvents();
  } else {
    found->second.holdings.Skip(skipped);
  }
}

void Holdings::Apply(const swarmlog::v1::SnapshotPage& page, const std::vector<Scope>& pending) {
  Entry& entry = Require(page.scope());
  entry.holdings.Replace(page);
  for (const Scope& scope : pending) Require(scope).held = false;
  if (page.through_key().empty()) entry.held = true;
}

Mismatches Holdings::Check(const swarmlog::v1::SyncReceipt& receipt, const std::vector<Scope>& scopes) {
  std::map<std::string, swarmlog::v1::ScopeSums> expected;
  for (const auto& sums : receipt.sums()) expected[ScopeForm(sums.scope())] = sums;
  Mismatches mismatches;
  for (const Scope& scope : scopes) {
    // A scope without operations has no sums in the receipt: all of them are zero.
    const swarmlog::v1::ScopeSums& sums = expected[ScopeForm(scope)];
    Entry& entry = Require(scope);
    entry.held = true;
    const swarmlog::v1::ScopeSums ours = entry.holdings.Sums();
    const std::string state = Sum(sums.state_digest()).bytes();
    const Sum event_hash(sums.event_hash());
    if (state != ours.state_digest()) {
      mismatches.state_differs = true;
      mismatches.messages.push_back(polyglot::Describe(scope) + ": Expected the keyed state to have the digest " +
                                    Hex(state) + ", but it has " + Hex(ours.state_digest()) + ".");
    }
    if (entry.holdings.events_known() &&
        (sums.event_count() != ours.event_count() || event_hash.bytes() != ours.event_hash())) {
      mismatches.messages.push_back(polyglot::Describe(scope) + ": Expected " + std::to_string(sums.event_count()) +
                                    " events with the hash " + Hex(event_hash.bytes()) + ", but there were " +
                                    std::to_string(ours.event_count()) + " with " + Hex(ours.event_hash()) + ".");
    }
    // Events cannot be fetched again: whatever was counted, the coordinator's sums go on.
    entry.holdings.TakeEvents(sums.event_count(), event_hash);
  }
  return mismatches;
}

void Holdings::Describe(swarmlog::v1::LogResume* resume) const {
  for (const auto& [form, entry] : scopes_) {
    *resume->add_sums() = entry.holdings.Sums();
    if (entry.held) *resume->add_scopes() = entry.holdings.scope();
  }
}

const ScopeHoldings* Holdings::Find(const Scope& scope) const {
  const auto found = scopes_.find(ScopeForm(scope));
  return found == scopes_.end() ? nullptr : &found->second.holdings;
}

std::vector<Operation> Holdings::Live() const {
  std::vector<Operation> live;
  for (const auto& [form, entry] : scopes_) {
    for (const auto& [key, held] : entry.holdings.keys()) {
      Operation& operation = live.emplace_back();
      operation.set_topic(entry.holdings.scope().topic());
      *operation.mutable_target() = entry.holdings.scope().target();
      operation.set_key(key);
      *operation.mutable_payload() = held.payload;
    }
  }
  return live;
}

}  // namespace polyglot
