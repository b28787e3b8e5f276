// One bidirectional stream of gRPC, a frame at a time.
#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <utility>

namespace polyglot {

// Reads a frame when asked to, so at most one is held here and the window of the stream closes behind it. Of frames to be
// sent the newest of each kind waits while another one is under way: acks are cumulative, and of heartbeats and Nacks only
// the last counts. So both directions are bounded.
//
// Methods may be called from any thread; what is told is told on threads of gRPC's, and must not call back.
template <typename Request, typename Response>
class FrameStream final : public grpc::ClientBidiReactor<Request, Response> {
 public:
  using OnFrame = std::function<void(const Response&)>;
  using OnEnd = std::function<void(const grpc::Status&)>;

  FrameStream(OnFrame on_frame, OnEnd on_end) : on_frame_(std::move(on_frame)), on_end_(std::move(on_end)) {}

  // `open` starts the call on a stub with this context and this reactor. To be called once, before anything else.
  template <typename Open>
  void Begin(const Open& open, const Request& first) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      begun_ = true;
    }
    open(&context_, this);
    // Held until it ends: reads and writes are started by other threads.
    this->AddHold();
    Send(first);
    this->StartCall();
  }

  void Send(const Request& frame) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (released_ || half_closes_) return;
    waiting_[frame.frame_case()] = frame;
    WriteNext();
  }

  // The frame before has been handled.
  void Read() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (released_ || reading_) return;
    reading_ = true;
    this->StartRead(&response_);
  }

  // Sends what waits, and that nothing more comes.
  void HalfClose() {
    const std::lock_guard<std::mutex> lock(mutex_);
    half_closes_ = true;
    if (!released_) WriteNext();
  }

  void Cancel() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!begun_) return;
    context_.TryCancel();
    Release();
  }

  // Whether it has ended within this time.
  bool AwaitEnd(std::chrono::milliseconds patience) {
    std::unique_lock<std::mutex> lock(mutex_);
    return ended_.wait_for(lock, patience, [this] { return !begun_ || done_; });
  }

  // Returns once it has ended, after which this may be destroyed.
  void AwaitEnd() {
    std::unique_lock<std::mutex> lock(mutex_);
    ended_.wait(lock, [this] { return !begun_ || done_; });
  }

 private:
  void OnReadDone(bool ok) override {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      reading_ = false;
      if (!ok) Release();
    }
    if (ok) on_frame_(response_);
  }

  void OnWriteDone(bool ok) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    writing_ = false;
    if (!ok) Release();
    if (!released_) WriteNext();
  }

  void OnWritesDoneDone(bool /*ok*/) override {}

  void OnDone(const grpc::Status& status) override {
    on_end_(status);
    // The last thing that is touched: who waits may destroy this once the lock is free.
    const std::lock_guard<std::mutex> lock(mutex_);
    done_ = true;
    ended_.notify_all();
  }

  // With the lock.
  void WriteNext() {
    if (writing_) return;
    if (!waiting_.empty()) {
      writing_ = true;
      request_ = std::move(waiting_.begin()->second);
      waiting_.erase(waiting_.begin());
      this->StartWrite(&request_);
    } else if (half_closes_ && !half_closed_) {
      half_closed_ = true;
      this->StartWritesDone();
    }
  }

  // With the lock. Nothing more is started; the end comes once what is under way is over.
  void Release() {
    if (released_) return;
    released_ = true;
    this->RemoveHold();
  }

  const OnFrame on_frame_;
  const OnEnd on_end_;
  grpc::ClientContext context_;
  std::mutex mutex_;
  std::condition_variable ended_;
  // By kind, in the order of their numbers: the first frame of a stream has the lowest.
  std::map<int, Request> waiting_;
  Request request_;    // Of the write under way.
  Response response_;  // Of the read under way, then of the frame that is told.
  bool begun_ = false;
  bool reading_ = false;
  bool writing_ = false;
  bool half_closes_ = false;
  bool half_closed_ = false;
  bool released_ = false;
  bool done_ = false;
};

}  // namespace polyglot
