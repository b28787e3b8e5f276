#include "failure.h"

#include <gtest/gtest.h>

#include "google/rpc/error_details.pb.h"

namespace polyglot {
namespace {

using namespace std::chrono_literals;

google::rpc::Status Refusal(int code, const std::string& reason, const std::string& domain = "swarmlog.dev") {
  google::rpc::Status status;
  status.set_code(code);
  status.set_message("no");
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain(domain);
  status.add_details()->PackFrom(info);
  return status;
}

TEST(FailureTest, ShouldGoByTheReason) {
  // The code alone would say the other in both.
  const Failure fenced = Failure::Of(Refusal(grpc::ABORTED, "SESSION_SUPERSEDED"));
  EXPECT_FALSE(fenced.retryable);
  EXPECT_EQ(fenced.message, "SESSION_SUPERSEDED: no A newer session of this agent exists: run one instance of it.");
  EXPECT_TRUE(Failure::Of(Refusal(grpc::NOT_FOUND, "SESSION_NOT_FOUND")).retryable);
}

TEST(FailureTest, ShouldGoByTheCodeWhereTheReasonIsNotKnown) {
  EXPECT_TRUE(Failure::Of(Refusal(grpc::UNAVAILABLE, "OF_A_LATER_VERSION")).retryable);
  EXPECT_FALSE(Failure::Of(Refusal(grpc::INVALID_ARGUMENT, "OF_A_LATER_VERSION")).retryable);
  EXPECT_FALSE(Failure::Of(Refusal(grpc::NOT_FOUND, "SESSION_NOT_FOUND", "example.org")).retryable);
  EXPECT_TRUE(Failure::Of(grpc::Status(grpc::UNAVAILABLE, "connection refused")).retryable);
  EXPECT_FALSE(Failure::Of(grpc::Status(grpc::UNIMPLEMENTED, "no such method")).retryable);
  EXPECT_TRUE(Failure::Of(grpc::Status::OK).retryable);
}

TEST(FailureTest, ShouldReadHowLongToWait) {
  google::rpc::Status status = Refusal(grpc::UNAVAILABLE, "BREAKER_OPEN");
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(2);
  retry.mutable_retry_delay()->set_nanos(500'000'000);
  status.add_details()->PackFrom(retry);
  EXPECT_EQ(Failure::Of(status).retry_after, 2500ms);

  retry.mutable_retry_delay()->set_seconds(1'000'000);
  status.mutable_details()->RemoveLast();
  status.add_details()->PackFrom(retry);
  EXPECT_EQ(Failure::Of(status).retry_after, 24h);

  retry.mutable_retry_delay()->set_seconds(-1);
  retry.mutable_retry_delay()->set_nanos(-5);
  status.mutable_details()->RemoveLast();
  status.add_details()->PackFrom(retry);
  EXPECT_EQ(Failure::Of(status).retry_after, 0ns);
}

TEST(FailureTest, ShouldReadTheDetailsOfACall) {
  const google::rpc::Status detailed = Refusal(grpc::ABORTED, "SESSION_SUPERSEDED");
  const grpc::Status status(grpc::ABORTED, "no", detailed.SerializeAsString());
  EXPECT_EQ(Failure::Of(status).reason, "SESSION_SUPERSEDED");
  // Details of something else, or none that parse, say nothing.
  EXPECT_EQ(Failure::Of(grpc::Status(grpc::UNAVAILABLE, "no", detailed.SerializeAsString())).reason, "");
  EXPECT_TRUE(Failure::Of(grpc::Status(grpc::UNAVAILABLE, "no", "\xff\xff")).retryable);
}

}  // namespace
}  // namespace polyglot
