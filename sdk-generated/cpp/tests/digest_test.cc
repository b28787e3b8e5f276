#include "digest.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>

#include "holdings.h"

namespace polyglot {
namespace {

using google::protobuf::Struct;
using swarmlog::v1::Operation;

std::string Unhex(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

Struct Vectors() {
  std::ifstream file(VECTORS);
  const std::string json((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  Struct vectors;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(json, &vectors).ok());
  return vectors;
}

std::string Text(const Struct& of, const std::string& name) { return of.fields().at(name).string_value(); }

std::uint64_t Number(const Struct& of, const std::string& name) {
  return static_cast<std::uint64_t>(of.fields().at(name).number_value());
}

Operation Read(const Struct& vector) {
  Operation operation;
  operation.set_op_id(Number(vector, "opId"));
  operation.set_topic(static_cast<swarmlog::v1::Topic>(Number(vector, "topic")));
  const std::uint64_t kind = Number(vector, "kind");
  if (kind == 1) operation.mutable_target()->mutable_all();
  if (kind == 2) operation.mutable_target()->set_agent(Text(vector, "name"));
  if (kind == 3) operation.mutable_target()->set_role(Text(vector, "name"));
  operation.set_operation_class(Text(vector, "class") == "EVENT" ? swarmlog::v1::OPERATION_CLASS_EVENT
                                                                 : swarmlog::v1::OPERATION_CLASS_KEYED);
  operation.set_key(Text(vector, "key"));
  operation.set_tombstone(vector.fields().at("tombstone").bool_value());
  operation.mutable_payload()->set_type(Text(vector, "type"));
  operation.mutable_payload()->set_content_type(Text(vector, "contentType"));
  operation.mutable_payload()->set_schema_version(static_cast<std::uint32_t>(Number(vector, "schemaVersion")));
  operation.mutable_payload()->set_data(Unhex(Text(vector, "dataHex")));
  return operation;
}

TEST(DigestTest, ShouldComputeTheVectors) {
  const Struct file = Vectors();
  std::map<std::string, ScopeHoldings> scopes;
  int checked = 0;
  for (const auto& value : file.fields().at("vectors").list_value().values()) {
    const Struct& vector = value.struct_value();
    const Struct& expected = vector.fields().at("expected").struct_value();
    const Operation operation = Read(vector);
    const auto scope = ScopeOf(operation);
    ScopeHoldings& holdings = scopes.try_emplace(ScopeForm(scope), scope).first->second;
    if (operation.operation_class() == swarmlog::v1::OPERATION_CLASS_EVENT) {
      holdings.Event(operation);
    } else {
      holdings.Set(operation);
    }
    if (!operation.tombstone()) {
      EXPECT_EQ(Hex(ValueDigest(operation.payload())), Text(expected, "valueDigestHex"));
    }
    const auto sums = holdings.Sums();
    EXPECT_EQ(Hex(sums.state_digest()), Text(expected, "stateDigestHex"));
    EXPECT_EQ(sums.event_count(), Number(expected, "eventCount"));
    EXPECT_EQ(Hex(sums.event_hash()), Text(expected, "eventHashHex"));
    ++checked;
  }
  EXPECT_EQ(checked, 10);
}

TEST(DigestTest, ShouldAddAndSubtractModulo2To128) {
  Sum sum(std::string(Sum::kBytes, '\xff'));
  sum.Add(std::string(Sum::kBytes - 1, '\0') + '\x02');
  EXPECT_EQ(Hex(sum.bytes()), "00000000000000000000000000000001");
  sum.Subtract(std::string(Sum::kBytes - 1, '\0') + '\x02');
  EXPECT_EQ(Hex(sum.bytes()), "ffffffffffffffffffffffffffffffff");
  EXPECT_EQ(Hex(Sum().bytes()), std::string(2 * Sum::kBytes, '0'));
  EXPECT_THROW(Sum("short"), std::invalid_argument);
}

TEST(DigestTest, ShouldWriteNumbersBigEndian) {
  EXPECT_EQ(Hex(BigEndian32(0x01020304)), "01020304");
  EXPECT_EQ(Hex(BigEndian64(0x0102030405060708)), "0102030405060708");
  EXPECT_EQ(Hex(Sha256({"ab", "c"})), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace polyglot
