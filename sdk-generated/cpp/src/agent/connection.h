// The connection of one session.
#pragma once

#include <grpcpp/channel.h>

#include <functional>
#include <memory>
#include <string>

#include "failure.h"
#include "frame_stream.h"
#include "swarmlog/v1/session.grpc.pb.h"

namespace polyglot {

// A channel over connections of its own, without TLS.
std::shared_ptr<grpc::Channel> MakeChannel(const std::string& target);

// A channel with the two streams of a session. Each session has one of its own, so that what is wrong with a connection
// ends with it, and gRPC's own backoff does not add to the agent's.
class Connection {
 public:
  // Called on threads of gRPC's; must not call back.
  struct Listener {
    std::function<void(const swarmlog::v1::ControlResponse&)> on_control;
    std::function<void(const swarmlog::v1::DataResponse&)> on_data;
    // A stream has ended by itself or was ended; told at most once per stream.
    std::function<void(const grpc::Status&)> on_end;
  };

  Connection(const std::string& target, const Listener& listener);
  // Ends the streams, and returns once nothing more is told.
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void Open(const swarmlog::v1::Hello& hello);
  void Attach(const swarmlog::v1::Attach& attach);
  void ReadControl() { control_.Read(); }
  void ReadData() { data_.Read(); }
  void Send(const swarmlog::v1::ControlRequest& frame) { control_.Send(frame); }
  void Send(const swarmlog::v1::DataRequest& frame) { data_.Send(frame); }
  // Waits a moment until what was sent has gone out.
  void EndGently();

 private:
  std::unique_ptr<swarmlog::v1::SessionService::Stub> stub_;
  FrameStream<swarmlog::v1::ControlRequest, swarmlog::v1::ControlResponse> control_;
  FrameStream<swarmlog::v1::DataRequest, swarmlog::v1::DataResponse> data_;
};

}  // namespace polyglot
