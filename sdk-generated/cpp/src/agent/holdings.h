// What an agent holds of one log, scope by scope.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "digest.h"
#include "swarmlog/v1/delivery.pb.h"
#include "swarmlog/v1/operation.pb.h"
#include "swarmlog/v1/resume.pb.h"
#include "swarmlog/v1/sync.pb.h"

namespace polyglot {

// One scope: the value of each live key, and the sums over keys and events.
class ScopeHoldings {
 public:
  struct Held {
    swarmlog::v1::Payload payload;
    std::string value_digest;
  };

  explicit ScopeHoldings(swarmlog::v1::Scope scope);

  // A keyed operation: sets its key, or deletes it.
  void Set(const swarmlog::v1::Operation& operation);
  void Delete(const std::string& key);
  // Replaces the keys of an interval by those of the page.
  void Replace(const swarmlog::v1::SnapshotPage& page);
  void Event(const swarmlog::v1::Operation& operation);
  void Skip(const swarmlog::v1::Skipped& skipped);
  // Takes over how many events there were, and their hash.
  void TakeEvents(std::uint64_t count, const Sum& hash);
  // It is not known how many events there were, until they are taken over.
  void ForgetEvents() { events_known_ = false; }

  // As stored and as said in Hello: without event hash where that is not known.
  swarmlog::v1::ScopeSums Sums() const;
  bool events_known() const { return events_known_; }
  const swarmlog::v1::Scope& scope() const { return scope_; }
  // In the order of the keys' UTF-8 bytes, as std::string compares.
  const std::map<std::string, Held>& keys() const { return keys_; }

 private:
  swarmlog::v1::Scope scope_;
  std::string form_;
  std::map<std::string, Held> keys_;
  Sum state_;
  std::uint64_t event_count_ = 0;
  Sum event_hash_;
  bool events_known_ = true;
};

// How a sync begins.
struct SyncStart {
  std::vector<swarmlog::v1::Scope> scopes;  // What is held when it ends; anything else is forgotten.
  bool fresh = false;                       // The agent has applied nothing yet.
  bool replaces_history = false;            // Events before it are not those that were counted.
  bool begins_snapshot = false;             // All keyed state will come, and none of it is held until it has.
};

// What the receipt of a sync says that is not so.
struct Mismatches {
  std::vector<std::string> messages;
  bool state_differs = false;
};

// All scopes of a log. Copies are independent. Not thread-safe.
class Holdings {
 public:
  Holdings() = default;
  // From what was stored: sums and scopes of `resume`, and the live keys.
  Holdings(const swarmlog::v1::LogResume& resume, const std::vector<swarmlog::v1::Operation>& live);

  void Begin(const SyncStart& start);
  void Apply(const swarmlog::v1::Operation& operation);
  // `partly_seen`: some of what it skips has been counted already.
  void Skip(const swarmlog::v1::Skipped& skipped, bool partly_seen);
  // `pending` are the scopes that are not whole behind the page.
  void Apply(const swarmlog::v1::SnapshotPage& page, const std::vector<swarmlog::v1::Scope>& pending);
  // The end of a sync: all scopes are held. Events go on from what the receipt says.
  Mismatches Check(const swarmlog::v1::SyncReceipt& receipt, const std::vector<swarmlog::v1::Scope>& scopes);

  // Writes what is held into a resume state that has position and interruption.
  void Describe(swarmlog::v1::LogResume* resume) const;
  // Null if nothing is known of the scope.
  const ScopeHoldings* Find(const swarmlog::v1::Scope& scope) const;
  // Operations that would set the live keys, over all scopes: what is stored of them.
  std::vector<swarmlog::v1::Operation> Live() const;

 private:
  struct Entry {
    ScopeHoldings holdings;
    bool held = false;  // Its keyed state is, as of the position or as far as the interruption says.
  };
  Entry& Require(const swarmlog::v1::Scope& scope);

  std::map<std::string, Entry> scopes_;  // By ScopeForm.
};

}  // namespace polyglot
