// The agent of the polyglot swarm in C++, on the generated stubs: docs/polyglot.md.
//
//   agent HOST:PORT SWARM NAME FOLDER
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <string>
#include <thread>

#include "agent.h"

namespace {

constexpr int kRefused = 1;
constexpr int kWrongArguments = 64;
// What is being applied, and the end of the streams, are waited for at most so long after SIGTERM.
constexpr unsigned kPatienceSeconds = 8;

// A string of JSON. Text in UTF-8 goes as it is.
std::string Json(const std::string& text) {
  static constexpr char kLastControl = 0x1f;
  std::string quoted = "\"";
  for (const char byte : text) {
    if (byte == '"' || byte == '\\') {
      quoted += std::string{'\\', byte};
    } else if (byte >= 0 && byte <= kLastControl) {
      quoted += "\\u00" + polyglot::Hex(std::string(1, byte));
    } else {
      quoted += byte;
    }
  }
  return quoted + "\"";
}

void Print(const polyglot::Report& report) {
  const std::string line = "{\"report\":" + Json(report.text) + ",\"opId\":" + std::to_string(report.op_id) +
                           ",\"events\":" + std::to_string(report.events) + ",\"chain\":\"" + report.chain +
                           "\",\"keys\":" + std::to_string(report.keys) + ",\"table\":\"" + report.table + "\"}\n";
  std::cout << line << std::flush;
}

int Run(const std::string& target, const std::string& swarm, const std::string& name, const std::string& folder) {
  // Blocked here, and so in every thread: one of them waits for it.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  std::cout << "{\"agent\":" + Json(name) + ",\"language\":\"cpp\",\"version\":\"0.1.0\",\"publishes\":true}\n"
            << std::flush;

  polyglot::StateFile file(folder, swarm, name);
  polyglot::Agent agent(target, swarm, name, &file, Print);
  std::thread waits([&] {
    int signal = 0;
    sigwait(&signals, &signal);
    // A disk that does not answer must not keep the process: what is on it is right whenever that ends.
    if (signal != SIGUSR1) alarm(kPatienceSeconds);
    agent.Close();
  });
  const auto failure = agent.Run();
  kill(getpid(), SIGUSR1);  // In case no other signal has come.
  waits.join();
  if (!failure.has_value()) return 0;
  std::cerr << failure->message << '\n';
  return kRefused;
}

}  // namespace

int main(int argc, char** argv) {
  const bool has_port = argc == 5 && std::string(argv[1]).find(':') != std::string::npos;
  if (!has_port || !std::filesystem::is_directory(argv[4])) {
    std::cerr << "usage: agent HOST:PORT SWARM NAME FOLDER, with a folder that exists\n";
    return kWrongArguments;
  }
  signal(SIGALRM, [](int) { _exit(0); });
  try {
    return Run(argv[1], argv[2], argv[3], argv[4]);
  } catch (const polyglot::StateError& e) {
    std::cerr << e.what() << '\n';
    return kRefused;
  }
}
