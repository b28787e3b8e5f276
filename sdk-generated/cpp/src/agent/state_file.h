// The file that keeps all an agent holds.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>

#include "fold.h"

namespace polyglot {

// The state cannot be read or written; the message says what to do.
class StateError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A file that is replaced whole: written beside, flushed to the device, renamed over the old one. Who is killed leaves the
// old one or the new one, never a part. One process at a time has it. Not thread-safe.
//
//   file     "SWCPP001", lp(swarm), lp(agent), u64 events, lp(chain), lp(LogResume), u32 count, count x lp(Operation),
//            SHA-256 over all before it
//   lp(x)    u32 length of x, then x; numbers big-endian
class StateFile {
 public:
  // The folder exists and is the agent's own. StateError if another process has it.
  StateFile(std::filesystem::path folder, std::string swarm, std::string agent);
  ~StateFile();
  StateFile(const StateFile&) = delete;
  StateFile& operator=(const StateFile&) = delete;

  // What was written last; an empty state if nothing was. StateError if it is damaged, or another agent's.
  State Read() const;
  // On the device when this returns. StateError if it cannot be written: then nobody knows what the disk holds.
  void Write(const State& state) const;

 private:
  std::filesystem::path folder_;
  std::string swarm_;
  std::string agent_;
  int lock_ = -1;
};

}  // namespace polyglot
