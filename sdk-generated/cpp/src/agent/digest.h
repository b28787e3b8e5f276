// The sums by which an agent proves that it holds what it should: docs/state-digest.md.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "swarmlog/v1/operation.pb.h"

namespace polyglot {

// SHA-256 over the concatenation; 32 bytes.
std::string Sha256(std::initializer_list<std::string_view> parts);

// A number as bytes, big-endian.
std::string BigEndian32(std::uint32_t number);
std::string BigEndian64(std::uint64_t number);

// Two hexadecimal digits per byte.
std::string Hex(std::string_view bytes);

// 16 bytes that are added up modulo 2^128. Zero at first.
class Sum {
 public:
  static constexpr std::size_t kBytes = 16;

  Sum() = default;
  // Of 16 bytes; of none it is zero, as the contract has it.
  explicit Sum(std::string_view bytes);

  void Add(const std::string& digest);
  void Subtract(const std::string& digest);
  std::string bytes() const { return std::string(bytes_.begin(), bytes_.end()); }

 private:
  std::array<char, kBytes> bytes_ = {};
};

// A scope as it goes into digests, which also names it: scopes with the same form are the same.
std::string ScopeForm(const swarmlog::v1::Scope& scope);

// The scope of an operation.
swarmlog::v1::Scope ScopeOf(const swarmlog::v1::Operation& operation);

// Digests of 16 bytes. `scope` is a ScopeForm.
std::string ValueDigest(const swarmlog::v1::Payload& payload);
std::string KeyDigest(const std::string& scope, const std::string& key, const std::string& value_digest);
std::string EventDigest(std::uint64_t op_id, const std::string& scope, const std::string& value_digest);

}  // namespace polyglot
