#include "connection.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include "swarmlog/v1/constants.h"

namespace polyglot {
namespace {

// How long what was sent may take to go out when a session ends in order.
constexpr std::chrono::milliseconds kGentlePatience{1000};

}  // namespace

std::shared_ptr<grpc::Channel> MakeChannel(const std::string& target) {
  grpc::ChannelArguments arguments;
  // Else channels to the same target share connections, and the time that gRPC waits before it tries one again.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(swarmlog::v1::constants::session::kMaxMessageBytes);
  arguments.SetUserAgentPrefix("swarmlog-cpp-example");
  return grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments);
}

Connection::Connection(const std::string& target, const Listener& listener)
    : stub_(swarmlog::v1::SessionService::NewStub(MakeChannel(target))),
      control_(listener.on_control, listener.on_end),
      data_(listener.on_data, listener.on_end) {}

Connection::~Connection() {
  data_.Cancel();
  control_.Cancel();
  data_.AwaitEnd();
  control_.AwaitEnd();
}

void Connection::Open(const swarmlog::v1::Hello& hello) {
  swarmlog::v1::ControlRequest first;
  *first.mutable_hello() = hello;
  control_.Begin([this](auto* context, auto* reactor) { stub_->async()->Control(context, reactor); }, first);
  control_.Read();
}

void Connection::Attach(const swarmlog::v1::Attach& attach) {
  swarmlog::v1::DataRequest first;
  *first.mutable_attach() = attach;
  data_.Begin([this](auto* context, auto* reactor) { stub_->async()->Data(context, reactor); }, first);
}

void Connection::EndGently() {
  data_.HalfClose();
  control_.HalfClose();
  // The session ends with Control, which is always read.
  control_.AwaitEnd(kGentlePatience);
}

}  // namespace polyglot
