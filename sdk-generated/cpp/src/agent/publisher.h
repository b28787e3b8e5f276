// Publishing, for an agent that does so now and then.
#pragma once

#include <grpcpp/client_context.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <random>
#include <string>

#include "backoff.h"
#include "failure.h"
#include "swarmlog/v1/publishing.pb.h"

namespace polyglot {

// Publishes one group after the other by unary calls, without a producer and its numbers: a group needs an idempotency key,
// so that it is appended once however often it is sent. Publish is for one thread, Stop for any.
class Publisher {
 public:
  Publisher(std::string target, std::string swarm, std::string name);

  // Returns when the group is in the log and durable. Tries again with backoff, as long as that makes sense; otherwise, and
  // once stopped, answers why it gave up. What was sent then may be in the log.
  std::optional<Failure> Publish(const swarmlog::v1::PublishGroup& group);
  // Has Publish give up, now and from now on.
  void Stop();

 private:
  Failure Try(const swarmlog::v1::PublishRequest& request, bool* done);

  const std::string target_;
  swarmlog::v1::PublishRequest request_;
  std::mt19937_64 random_;
  Backoff backoff_;
  std::mutex mutex_;
  std::condition_variable woken_;
  bool stopped_ = false;
  grpc::ClientContext* under_way_ = nullptr;
};

}  // namespace polyglot
