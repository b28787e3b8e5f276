// An agent: the session with clock, network, disk and threads around it.
#pragma once

#include <array>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <variant>

#include "connection.h"
#include "failure.h"
#include "fold.h"
#include "publisher.h"
#include "session.h"
#include "state_file.h"

namespace polyglot {

// Threads: Run's own decides, and is the only one that touches the session. A worker applies steps and waits for the disk,
// and for what is published, so heartbeats go on meanwhile. Those of gRPC only post what has happened. What is posted is bounded: of each stream one
// frame and one end, of the worker one outcome.
class Agent final : public SessionOutput {
 public:
  // `on_report` is told on the worker's thread, once what it says is on the disk. Reads what is stored; StateError if that
  // cannot be done.
  Agent(std::string target, std::string swarm, std::string name, StateFile* file,
        std::function<void(const Report&)> on_report);
  ~Agent() override;
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  // Runs until it is closed; nothing, or why it cannot go on.
  std::optional<Failure> Run();
  // Finishes what is being applied, and has Run return; any thread.
  void Close();

 private:
  using Event = std::function<void(Now now)>;

  void Connect(const swarmlog::v1::Hello& hello) override;
  void Attach(const swarmlog::v1::Attach& attach) override;
  void ReadLane() override;
  void Send(const swarmlog::v1::Ack& ack) override;
  void Send(const swarmlog::v1::Heartbeat& heartbeat) override;
  void Send(const swarmlog::v1::Nack& nack) override;
  void EndStreams(bool gently) override;
  void Apply(const Step& step, const std::set<std::uint64_t>& taken_back) override;
  void Start(Timer timer, Nanos delay) override;
  void Say(const std::string& message) override;
  void Closed() override { ended_ = true; }
  void Failed(const Failure& why) override;

  void Post(Event event);
  // Posts it for the session of this connection only: what an older one says late is of no concern.
  void PostOf(std::uint64_t connection, Event event);
  // The next thing that has happened, a timer included.
  Event Next();
  void Work();
  void ApplyNow(const Step& step, const std::set<std::uint64_t>& taken_back);

  // False where the step is given up.
  bool PublishAnswers(const Step& step);

  const std::string target_;
  const std::string name_;
  const std::function<void(const Report&)> on_report_;
  StateFile* const file_;
  State state_;          // Of the worker.
  Publisher publisher_;  // Of the worker, but for Stop.
  std::mt19937_64 random_;
  std::uint64_t connection_number_ = 0;
  bool ended_ = false;
  std::optional<Failure> failure_;
  std::array<std::optional<Nanos>, 4> due_;  // By Timer.

  std::mutex mutex_;
  std::condition_variable happened_;
  std::deque<Event> events_;
  std::function<void()> work_;
  bool work_ends_ = false;
  std::condition_variable worker_woken_;

  Session session_;
  std::unique_ptr<Connection> connection_;
  std::thread worker_;
};

}  // namespace polyglot
