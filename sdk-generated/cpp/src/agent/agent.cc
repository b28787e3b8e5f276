#include "agent.h"

#include <iostream>
#include <utility>

#include "swarmlog/v1/constants.h"

namespace polyglot {
namespace {

Now Clocks() {
  return {std::chrono::steady_clock::now().time_since_epoch(), std::chrono::system_clock::now().time_since_epoch()};
}

swarmlog::v1::Hello Identity(const std::string& swarm, const std::string& name, std::uint64_t instance) {
  namespace constants = swarmlog::v1::constants;
  swarmlog::v1::Hello hello;
  hello.set_protocol_min(constants::kProtocolMin);
  hello.set_protocol_max(constants::kProtocolMax);
  hello.set_capabilities(swarmlog::v1::CAPABILITY_SYNC | swarmlog::v1::CAPABILITY_NACK);
  hello.set_swarm(swarm);
  hello.set_agent(name);
  hello.set_instance(Hex(BigEndian64(instance)));
  hello.set_sdk("cpp-example/0.1.0");
  for (const auto topic : {swarmlog::v1::TOPIC_COMMANDS, swarmlog::v1::TOPIC_RECONCILIATION}) {
    auto* for_all = hello.mutable_view()->add_scopes();
    for_all->set_topic(topic);
    for_all->mutable_all();
    auto* for_itself = hello.mutable_view()->add_scopes();
    for_itself->set_topic(topic);
    for_itself->mutable_self();
  }
  return hello;
}

}  // namespace

Agent::Agent(std::string target, std::string swarm, std::string name, StateFile* file,
             std::function<void(const Report&)> on_report)
    : target_(std::move(target)),
      name_(std::move(name)),
      on_report_(std::move(on_report)),
      file_(file),
      state_(file->Read()),
      publisher_(target_, swarm, name_),
      random_(std::random_device{}()),
      session_(Identity(swarm, name_, random_()), state_.resume(), this,
               [this](std::int64_t most) { return std::uniform_int_distribution<std::int64_t>(0, most)(random_); }),
      worker_([this] { Work(); }) {}

Agent::~Agent() {
  connection_.reset();
  publisher_.Stop();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    work_ends_ = true;
  }
  worker_woken_.notify_all();
  worker_.join();
}

std::optional<Failure> Agent::Run() {
  session_.Start();
  while (!ended_) Next()(Clocks());
  return failure_;
}

void Agent::Close() {
  publisher_.Stop();  // What is not answered yet is answered by the next run.
  Post([this](Now now) { session_.Close(now); });
}

void Agent::Connect(const swarmlog::v1::Hello& hello) {
  const std::uint64_t number = ++connection_number_;
  Connection::Listener listener;
  listener.on_control = [this, number](const auto& frame) {
    PostOf(number, [this, frame](Now now) {
      session_.Control(frame, now);
      if (connection_ != nullptr) connection_->ReadControl();
    });
  };
  listener.on_data = [this, number](const auto& frame) {
    PostOf(number, [this, frame](Now now) { session_.Data(frame, now); });
  };
  listener.on_end = [this, number](const grpc::Status& status) {
    PostOf(number, [this, status](Now now) { session_.StreamEnded(Failure::Of(status), now); });
  };
  connection_ = std::make_unique<Connection>(target_, listener);
  connection_->Open(hello);
}

void Agent::Attach(const swarmlog::v1::Attach& attach) { connection_->Attach(attach); }

void Agent::ReadLane() { connection_->ReadData(); }

void Agent::Send(const swarmlog::v1::Ack& ack) {
  swarmlog::v1::DataRequest frame;
  *frame.mutable_ack() = ack;
  connection_->Send(frame);
}

void Agent::Send(const swarmlog::v1::Heartbeat& heartbeat) {
  swarmlog::v1::ControlRequest frame;
  *frame.mutable_heartbeat() = heartbeat;
  connection_->Send(frame);
}

void Agent::Send(const swarmlog::v1::Nack& nack) {
  swarmlog::v1::ControlRequest frame;
  *frame.mutable_nack() = nack;
  connection_->Send(frame);
}

void Agent::EndStreams(bool gently) {
  if (connection_ == nullptr) return;
  if (gently) connection_->EndGently();
  connection_.reset();
}

void Agent::Apply(const Step& step, const std::set<std::uint64_t>& taken_back) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    work_ = [this, step, taken_back] { ApplyNow(step, taken_back); };
  }
  worker_woken_.notify_all();
}

void Agent::Start(Timer timer, Nanos delay) {
  due_.at(static_cast<std::size_t>(timer)) = Clocks().steady + delay;
}

void Agent::Say(const std::string& message) { std::cerr << message << std::endl; }

void Agent::Failed(const Failure& why) {
  failure_ = why;
  ended_ = true;
}

void Agent::Post(Event event) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    events_.push_back(std::move(event));
  }
  happened_.notify_all();
}

void Agent::PostOf(std::uint64_t connection, Event event) {
  Post([this, connection, event = std::move(event)](Now now) {
    if (connection == connection_number_ && connection_ != nullptr) event(now);
  });
}

Agent::Event Agent::Next() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (events_.empty()) {
    std::size_t first = 0;
    for (std::size_t i = 0; i < due_.size(); ++i) {
      if (due_.at(i).has_value() && (!due_.at(first).has_value() || *due_.at(i) < *due_.at(first))) first = i;
    }
    if (!due_.at(first).has_value()) {
      happened_.wait(lock);
    } else if (*due_.at(first) > Clocks().steady) {
      happened_.wait_until(lock, std::chrono::steady_clock::time_point(*due_.at(first)));
    } else {
      due_.at(first).reset();
      return [this, timer = static_cast<Timer>(first)](Now now) { session_.Due(timer, now); };
    }
  }
  Event event = std::move(events_.front());
  events_.pop_front();
  return event;
}

void Agent::Work() {
  while (true) {
    std::function<void()> work;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      worker_woken_.wait(lock, [this] { return work_ends_ || work_ != nullptr; });
      if (work_ends_) return;
      std::swap(work, work_);
    }
    work();
  }
}

void Agent::ApplyNow(const Step& step, const std::set<std::uint64_t>& taken_back) {
  if (!PublishAnswers(step)) return;
  // On a copy: whatever goes wrong, what is held is what is on the disk.
  State next = state_;
  const auto outcome = next.Apply(step, taken_back);
  if (const auto* refused = std::get_if<Refused>(&outcome)) {
    Post([this, refused = *refused](Now now) { session_.Done(refused, now); });
    return;
  }
  const auto& applied = std::get<Applied>(outcome);
  try {
    file_->Write(next);
  } catch (const StateError& e) {
    Post([this, message = std::string(e.what())](Now) { session_.CannotStore(message); });
    return;
  }
  state_ = std::move(next);
  for (const Report& report : applied.reports) on_report_(report);
  Post([this, applied](Now now) { session_.Done(applied, now); });
}

bool Agent::PublishAnswers(const Step& step) {
  for (const auto& answer : Answers(step, name_)) {
    const std::optional<Failure> failure = publisher_.Publish(answer);
    if (!failure.has_value()) continue;
    if (failure->retryable) {
      Post([this](Now now) { session_.GaveUp(now); });
    } else {
      Post([this, message = failure->message](Now) { session_.CannotStore(message); });
    }
    return false;
  }
  return true;
}

}  // namespace polyglot
