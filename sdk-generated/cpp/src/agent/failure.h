// Error statuses, read.
#pragma once

#include <grpcpp/support/status.h>

#include <string>

#include "backoff.h"
#include "google/rpc/status.pb.h"

namespace polyglot {

// An answer that is not the one asked for, and whether another try may get another.
struct Failure {
  std::string reason;   // The coordinator's, such as "BREAKER_OPEN"; empty if it is not its.
  std::string message;  // For people, with what they can do.
  bool retryable = false;
  Nanos retry_after{0};  // The least time to wait, if the coordinator asked for one: at most a day.

  // The end of a call.
  static Failure Of(const grpc::Status& status);
  // A status inside a frame.
  static Failure Of(const google::rpc::Status& status);
  // Of the agent's own.
  static Failure Retryable(std::string message);
  static Failure Final(std::string message);
};

}  // namespace polyglot
