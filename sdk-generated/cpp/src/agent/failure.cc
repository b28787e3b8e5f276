#include "failure.h"

#include <algorithm>
#include <utility>

#include "google/rpc/error_details.pb.h"
#include "swarmlog/v1/constants.h"

namespace polyglot {
namespace {

namespace constants = swarmlog::v1::constants;

// For errors without a reason: those of gRPC itself and of proxies on the way.
bool IsRetryable(int code) {
  switch (code) {
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
    case grpc::StatusCode::ABORTED:
    case grpc::StatusCode::INTERNAL:
    case grpc::StatusCode::UNKNOWN:
    case grpc::StatusCode::CANCELLED:
      return true;
    default:
      // What ended well ended too early: the coordinator never ends a session so.
      return code == grpc::StatusCode::OK;
  }
}

void Read(const google::rpc::ErrorInfo& info, Failure* failure) {
  // Of another domain it is somebody else's, whose words mean something else.
  if (info.domain() != constants::kErrorDomain) return;
  const auto* known = std::find_if(constants::kReasons.begin(), constants::kReasons.end(),
                                   [&](const auto& reason) { return reason.name == info.reason(); });
  // A newer coordinator may have reasons this does not know: the code decides.
  if (known == constants::kReasons.end()) return;
  failure->reason = info.reason();
  failure->retryable = known->retry == swarmlog::v1::RETRY_BACKOFF;
  failure->message = failure->reason + ": " + failure->message + " " + std::string(known->action);
}

Nanos Read(const google::rpc::RetryInfo& info) {
  const auto asked = std::chrono::seconds(std::clamp<std::int64_t>(info.retry_delay().seconds(), 0,
                                                                   constants::backoff::kLongestToldMs / 1000)) +
                     Nanos(std::max(0, info.retry_delay().nanos()));
  return std::min<Nanos>(asked, std::chrono::milliseconds(constants::backoff::kLongestToldMs));
}

}  // namespace

Failure Failure::Of(const grpc::Status& status) {
  google::rpc::Status detailed;
  if (detailed.ParseFromString(status.error_details()) && detailed.code() == status.error_code()) return Of(detailed);
  google::rpc::Status plain;
  plain.set_code(status.error_code());
  plain.set_message(status.ok() ? "the call ended" : status.error_message());
  return Of(plain);
}

Failure Failure::Of(const google::rpc::Status& status) {
  Failure failure;
  failure.message = status.message();
  failure.retryable = IsRetryable(status.code());
  for (const auto& detail : status.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::RetryInfo retry;
    // A detail that is unknown, or does not parse, says nothing.
    if (detail.UnpackTo(&info)) Read(info, &failure);
    if (detail.UnpackTo(&retry)) failure.retry_after = Read(retry);
  }
  return failure;
}

Failure Failure::Retryable(std::string message) { return Failure{"", std::move(message), true, Nanos(0)}; }

Failure Failure::Final(std::string message) { return Failure{"", std::move(message), false, Nanos(0)}; }

}  // namespace polyglot
