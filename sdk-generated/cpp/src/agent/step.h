// What the session has the agent apply: one frame, and what is stored with it.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "holdings.h"
#include "swarmlog/v1/delivery.pb.h"
#include "swarmlog/v1/resume.pb.h"
#include "swarmlog/v1/sync.pb.h"

namespace polyglot {

// A run of the log without anything that has been applied. It may have no operations: then only the position moves.
struct Delivered {
  std::vector<swarmlog::v1::Operation> operations;
  std::vector<swarmlog::v1::Skipped> skipped;
  bool partly_seen = false;
};

// Keyed state that replaces what is held of an interval of keys.
struct Paged {
  swarmlog::v1::SnapshotPage page;
  std::vector<swarmlog::v1::Scope> pending;
};

// The end of a sync.
struct Finished {
  swarmlog::v1::SyncReceipt receipt;
  std::vector<swarmlog::v1::Scope> scopes;
};

struct Step {
  swarmlog::v1::LogResume after;  // Position and interruption; sums and scopes are those that are held then.
  std::optional<SyncStart> start;
  std::variant<Delivered, Paged, Finished> content;
};

// An operation that cannot be applied, and never will be.
struct Refused {
  std::uint64_t op_id = 0;
  std::string why;
  std::uint64_t applied_before = 0;  // Operations of the step since the last one that was refused.
};

}  // namespace polyglot
