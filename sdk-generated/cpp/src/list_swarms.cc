// Prints the names of the swarms of a coordinator: the least that shows that the generated client works.
// Takes the coordinator's address, such as localhost:7400.
#include <chrono>
#include <iostream>

#include <grpcpp/grpcpp.h>

#include "swarmlog/v1/administration.grpc.pb.h"
#include "swarmlog/v1/constants.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "Expected HOST:PORT of a coordinator.\n";
    return 2;
  }
  const auto channel = grpc::CreateChannel(argv[1], grpc::InsecureChannelCredentials());
  const auto stub = swarmlog::v1::AdministrationService::NewStub(channel);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::milliseconds(swarmlog::v1::constants::session::kHandshakeTimeoutMs));
  swarmlog::v1::ListSwarmsResponse answer;
  const grpc::Status status = stub->ListSwarms(&context, swarmlog::v1::ListSwarmsRequest(), &answer);
  if (!status.ok()) {
    std::cerr << status.error_message() << '\n';
    return 1;
  }
  for (const auto& swarm : answer.swarms()) {
    std::cout << swarm.name() << '\n';
  }
}
