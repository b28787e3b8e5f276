#include "publisher.h"

#include <chrono>
#include <utility>

#include "connection.h"
#include "swarmlog/v1/constants.h"
#include "swarmlog/v1/publishing.grpc.pb.h"

namespace polyglot {

Publisher::Publisher(std::string target, std::string swarm, std::string name)
    : target_(std::move(target)),
      random_(std::random_device{}()),
      backoff_([this](std::int64_t most) { return std::uniform_int_distribution<std::int64_t>(0, most)(random_); }) {
  request_.set_swarm(std::move(swarm));
  request_.set_publisher(std::move(name));
}

std::optional<Failure> Publisher::Publish(const swarmlog::v1::PublishGroup& group) {
  *request_.mutable_group() = group;
  while (true) {
    bool done = false;
    const Failure failure = Try(request_, &done);
    const Nanos now = std::chrono::steady_clock::now().time_since_epoch();
    if (done) {
      backoff_.Succeeded(now);
      return std::nullopt;
    }
    if (!failure.retryable) return failure;
    std::unique_lock<std::mutex> lock(mutex_);
    if (woken_.wait_for(lock, backoff_.Next(now, failure.retry_after, false), [this] { return stopped_; })) {
      return failure;
    }
  }
}

void Publisher::Stop() {
  const std::lock_guard<std::mutex> lock(mutex_);
  stopped_ = true;
  if (under_way_ != nullptr) under_way_->TryCancel();
  woken_.notify_all();
}

Failure Publisher::Try(const swarmlog::v1::PublishRequest& request, bool* done) {
  grpc::ClientContext context;
  // A rate limit may hold it for 5 s, and a commit takes a moment.
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::milliseconds(swarmlog::v1::constants::session::kHandshakeTimeoutMs));
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (stopped_) return Failure::Retryable("The agent ends.");
    under_way_ = &context;
  }
  // A channel of its own, so that gRPC's own backoff does not add to this one's.
  const auto stub = swarmlog::v1::PublishService::NewStub(MakeChannel(target_));
  swarmlog::v1::PublishResponse response;
  const grpc::Status status = stub->Publish(&context, request, &response);
  const std::lock_guard<std::mutex> lock(mutex_);
  under_way_ = nullptr;
  *done = status.ok();
  return Failure::Of(status);
}

}  // namespace polyglot
