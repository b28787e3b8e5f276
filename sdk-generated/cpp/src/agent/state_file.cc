#include "state_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

namespace polyglot {
namespace {

constexpr std::string_view kMagic = "SWCPP001";
constexpr std::size_t kDigestBytes = 32;
constexpr mode_t kMode = 0644;

[[noreturn]] void Fail(const std::string& what, const std::filesystem::path& where) {
  throw StateError("Expected to " + what + " " + where.string() + ", but: " + std::strerror(errno) +
                   ". Look at the disk, and start the agent again.");
}

// A descriptor that is closed.
class Descriptor {
 public:
  Descriptor(const std::filesystem::path& path, int flags) : descriptor_(open(path.c_str(), flags | O_CLOEXEC, kMode)) {
    if (descriptor_ < 0) Fail("open", path);
  }
  ~Descriptor() { close(descriptor_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

std::string Prefixed(const std::string& part) {
  return BigEndian32(static_cast<std::uint32_t>(part.size())).append(part);
}

std::string Encode(const State& state, const std::string& swarm, const std::string& agent) {
  std::string bytes(kMagic);
  bytes += Prefixed(swarm) + Prefixed(agent) + BigEndian64(state.events()) + Prefixed(state.chain());
  bytes += Prefixed(state.resume().SerializeAsString());
  const auto live = state.holdings().Live();
  bytes += BigEndian32(static_cast<std::uint32_t>(live.size()));
  for (const auto& operation : live) bytes += Prefixed(operation.SerializeAsString());
  return bytes + Sha256({bytes});
}

// Reads what Encode wrote; every length is checked.
class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : bytes_(bytes) {}

  std::string_view Take(std::size_t size) {
    if (size > bytes_.size()) throw StateError("it is too short");
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }

  std::uint64_t Number(std::size_t size) {
    std::uint64_t number = 0;
    for (const char byte : Take(size)) number = number << 8U | static_cast<unsigned char>(byte);
    return number;
  }

  std::string Prefixed() { return std::string(Take(Number(sizeof(std::uint32_t)))); }

  template <typename Message>
  Message Parse() {
    Message message;
    if (!message.ParseFromString(Prefixed())) throw StateError("a part of it does not parse");
    return message;
  }

 private:
  std::string_view bytes_;
};

State Decode(const std::string& bytes, const std::string& swarm, const std::string& agent) {
  if (bytes.size() < kDigestBytes) throw StateError("it is too short");
  const std::string_view content(bytes.data(), bytes.size() - kDigestBytes);
  if (Sha256({content}) != bytes.substr(content.size())) throw StateError("its checksum does not fit");
  Decoder decoder(content);
  if (decoder.Take(kMagic.size()) != kMagic) throw StateError("it is something else, or of another version");
  const std::string of_swarm = decoder.Prefixed();
  const std::string of_agent = decoder.Prefixed();
  if (of_swarm != swarm || of_agent != agent) {
    throw StateError("it is that of agent " + of_agent + " in swarm " + of_swarm);
  }
  const std::uint64_t events = decoder.Number(sizeof events);
  std::string chain = decoder.Prefixed();
  auto resume = decoder.Parse<swarmlog::v1::LogResume>();
  std::vector<swarmlog::v1::Operation> live;
  for (std::uint64_t left = decoder.Number(sizeof(std::uint32_t)); left > 0; --left) {
    live.push_back(decoder.Parse<swarmlog::v1::Operation>());
  }
  return State(std::move(resume), live, events, std::move(chain));
}

void WriteAll(int descriptor, std::string_view bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) Fail("write", path);
    if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

StateFile::StateFile(std::filesystem::path folder, std::string swarm, std::string agent)
    : folder_(std::move(folder)), swarm_(std::move(swarm)), agent_(std::move(agent)) {
  const auto path = folder_ / "lock";
  lock_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kMode);
  if (lock_ < 0) Fail("open", path);
  // Goes with the process, however that ends.
  if (flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    close(lock_);
    throw StateError("Expected the folder " + folder_.string() +
                     " to be free, but another agent has it: give each agent a folder of its own.");
  }
}

StateFile::~StateFile() { close(lock_); }

State StateFile::Read() const {
  const auto path = folder_ / "state";
  if (!std::filesystem::exists(path)) return State();
  std::ifstream file(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file) Fail("read", path);
  try {
    return Decode(bytes, swarm_, agent_);
  } catch (const StateError& e) {
    throw StateError("Expected the state of agent " + agent_ + " in " + path.string() + ", but " + e.what() +
                     ": restore it, or remove it to begin with the log anew.");
  }
}

void StateFile::Write(const State& state) const {
  const auto path = folder_ / "state";
  const auto next = folder_ / "state.next";
  {
    const Descriptor file(next, O_WRONLY | O_CREAT | O_TRUNC);
    WriteAll(file.get(), Encode(state, swarm_, agent_), next);
    if (fsync(file.get()) != 0) Fail("flush", next);
  }
  if (rename(next.c_str(), path.c_str()) != 0) Fail("replace", path);
  // The new name is there after a loss of power once the folder is on the device.
  const Descriptor folder(folder_, O_RDONLY | O_DIRECTORY);
  if (fsync(folder.get()) != 0) Fail("flush", folder_);
}

}  // namespace polyglot
