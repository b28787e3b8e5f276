#include "digest.h"

#include <openssl/evp.h>

#include <memory>
#include <stdexcept>

namespace polyglot {
namespace {

constexpr unsigned kByteBits = 8;
constexpr unsigned kByteMask = 0xff;

template <typename Number>
std::string BigEndian(Number number) {
  std::string bytes(sizeof(Number), '\0');
  for (std::size_t i = sizeof(Number); i > 0; --i) {
    bytes[i - 1] = static_cast<char>(number & kByteMask);
    number >>= kByteBits;
  }
  return bytes;
}

std::string Prefixed(std::string_view part) {
  return BigEndian32(static_cast<std::uint32_t>(part.size())).append(part);
}

std::string H(std::initializer_list<std::string_view> parts) { return Sha256(parts).substr(0, Sum::kBytes); }

}  // namespace

std::string Sha256(std::initializer_list<std::string_view> parts) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  bool done = context != nullptr && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1;
  for (const std::string_view part : parts) {
    done = done && EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1;
  }
  done = done && EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(digest.data()), &size) == 1;
  if (!done) throw std::runtime_error("Expected libcrypto to compute SHA-256, but it failed.");
  digest.resize(size);
  return digest;
}

std::string BigEndian32(std::uint32_t number) { return BigEndian(number); }

std::string BigEndian64(std::uint64_t number) { return BigEndian(number); }

std::string Hex(std::string_view bytes) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const char byte : bytes) {
    const unsigned value = static_cast<unsigned char>(byte);
    text += kDigits[value >> 4U];
    text += kDigits[value & 0xfU];
  }
  return text;
}

Sum::Sum(std::string_view bytes) {
  if (bytes.empty()) return;
  if (bytes.size() != kBytes) throw std::invalid_argument("Expected 16 bytes of a sum, but got " + Hex(bytes) + ".");
  std::copy(bytes.begin(), bytes.end(), bytes_.begin());
}

void Sum::Add(const std::string& digest) {
  unsigned carry = 0;
  for (std::size_t i = kBytes; i > 0; --i) {
    carry += static_cast<unsigned char>(bytes_[i - 1]);
    carry += static_cast<unsigned char>(digest.at(i - 1));
    bytes_[i - 1] = static_cast<char>(carry & kByteMask);
    carry >>= kByteBits;
  }
}

void Sum::Subtract(const std::string& digest) {
  unsigned borrow = 0;
  for (std::size_t i = kBytes; i > 0; --i) {
    const unsigned minuend = static_cast<unsigned char>(bytes_[i - 1]);
    const unsigned subtrahend = static_cast<unsigned char>(digest.at(i - 1)) + borrow;
    bytes_[i - 1] = static_cast<char>((minuend - subtrahend) & kByteMask);
    borrow = minuend < subtrahend ? 1 : 0;
  }
}

std::string ScopeForm(const swarmlog::v1::Scope& scope) {
  const swarmlog::v1::Target& target = scope.target();
  char kind = 1;
  std::string_view name;
  if (target.target_case() == swarmlog::v1::Target::kAgent) {
    kind = 2;
    name = target.agent();
  } else if (target.target_case() == swarmlog::v1::Target::kRole) {
    kind = 3;
    name = target.role();
  }
  return std::string{static_cast<char>(scope.topic()), kind}.append(Prefixed(name));
}

swarmlog::v1::Scope ScopeOf(const swarmlog::v1::Operation& operation) {
  swarmlog::v1::Scope scope;
  scope.set_topic(operation.topic());
  *scope.mutable_target() = operation.target();
  return scope;
}

std::string ValueDigest(const swarmlog::v1::Payload& payload) {
  return H({"\x01", Prefixed(payload.type()), Prefixed(payload.content_type()), BigEndian32(payload.schema_version()),
            Prefixed(payload.data())});
}

std::string KeyDigest(const std::string& scope, const std::string& key, const std::string& value_digest) {
  return H({"\x02", scope, Prefixed(key), value_digest});
}

std::string EventDigest(std::uint64_t op_id, const std::string& scope, const std::string& value_digest) {
  return H({"\x03", BigEndian64(op_id), scope, value_digest});
}

}  // namespace polyglot
