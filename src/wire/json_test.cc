#include "wire/json.h"

#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "wire/frames.h"
#include "wire/member_frames.h"
#include "wire/palabre.pb.h"

namespace palabre::wire {
namespace {

using chat::Kind;
using chat::Missing;
using nlohmann::json;

const chat::RoomName kOps{"ops"};
constexpr chat::RoomId kRoom{7};
constexpr WallTime kThen{1'795'447'052'375'659};

/// A frame sent to a member, in protobuf's own JSON mapping, with the room by name.
json mapped(const std::string& frame) {
  FrameReader reader;
  reader.add(frame);
  const auto body = reader.next();
  proto::Event event;
  EXPECT_TRUE(body && event.ParseFromArray(body->data(), static_cast<int>(body->size())));
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  std::string text;
  const google::protobuf::Message& what =
      event.has_gap() ? static_cast<const google::protobuf::Message&>(event.gap())
                      : event.message();
  EXPECT_TRUE(google::protobuf::util::MessageToJsonString(what, &text, options).ok());
  auto all = json::parse(text);
  all.erase("roomId");
  all["room"] = kOps.text;
  return all;
}

TEST(Json, IsALineAMessage) {
  EXPECT_EQ(encode_json(kOps, {12}, {Kind::kText, "awa", "hello there"}, kThen),
            "{\"room\":\"ops\",\"number\":\"12\",\"author\":\"awa\",\"kind\":\"TEXT\","
            "\"text\":\"hello there\",\"keptAt\":\"1795447052375659\",\"authorId\":\"\"}\n");
  EXPECT_EQ(encode_json(kOps, {1}, {Kind::kAction, "[1::2]:3", "a\nb"}, {}),
            "{\"room\":\"ops\",\"number\":\"1\",\"author\":\"[1::2]:3\",\"kind\":\"ACTION\","
            "\"text\":\"a\\nb\",\"keptAt\":\"0\",\"authorId\":\"\"}\n");
}

TEST(Json, NamesAMemberByTheIdOfItsKey) {
  const std::string line = encode_json(kOps, {1}, {Kind::kText, "awa", "x", {0xA1}}, {});
  EXPECT_EQ(json::parse(line)["authorId"], "00000000000000a1");
}

TEST(Json, HasATombstoneAndNoTextOfAMessageThatWasRemoved) {
  EXPECT_EQ(encode_json(kOps, {12}, chat::removed_message(), kThen),
            "{\"room\":\"ops\",\"number\":\"12\",\"author\":\"\",\"kind\":\"REMOVED\","
            "\"text\":\"(removed)\",\"keptAt\":\"1795447052375659\",\"authorId\":\"\"}\n");
  EXPECT_EQ(encode_json(kOps, chat::NumberRanges({{12}, {13}, {20}})),
            "{\"room\":\"ops\",\"removed\":[{\"from\":\"12\",\"to\":\"13\"},"
            "{\"from\":\"20\",\"to\":\"20\"}],\"reread\":false}\n");
}

TEST(Json, IsALineAGap) {
  EXPECT_EQ(encode_json(kOps, Missing{{1}, {280}, Missing::Why::kExpired}, "Gone."),
            "{\"room\":\"ops\",\"from\":\"1\",\"to\":\"280\",\"why\":\"EXPIRED\","
            "\"words\":\"Gone.\"}\n");
  EXPECT_EQ(encode_json_of_new_log(kOps, {5}, {}, "Anew."),
            "{\"room\":\"ops\",\"from\":\"5\",\"to\":\"0\",\"why\":\"NEW_LOG\","
            "\"words\":\"Anew.\"}\n");
}

TEST(Json, OfAMessageSaysWhatItsFrameSays) {
  const std::vector<chat::Message> messages{
      {Kind::kText, "awa*", "<b> & \"é\" \\ \u2028 \U0001F600"},
      {Kind::kAction, "kofi", ""},
      {Kind::kText, "", "two\nlines"},
  };
  for (const auto& message : messages) {
    for (const std::uint64_t number : {std::uint64_t{1}, ~std::uint64_t{0}}) {
      EXPECT_EQ(json::parse(encode_json(kOps, {number}, message, kThen)),
                mapped(encode_message(kRoom, {number}, message, kThen)));
    }
  }
}

TEST(Json, OfAGapSaysWhatItsFrameSays) {
  for (const auto why : {Missing::Why::kNotKept, Missing::Why::kExpired, Missing::Why::kDamaged,
                         Missing::Why::kUnread}) {
    const Missing missing{{3}, {9}, why};
    const auto frame = mapped(encode_gap(kRoom, missing));
    EXPECT_EQ(json::parse(encode_json(kOps, missing, frame["words"].get<std::string>())), frame);
  }
  const auto anew = mapped(encode_new_log(kRoom, {4}));
  EXPECT_EQ(json::parse(encode_json_of_new_log(kOps, {5}, {}, anew["words"].get<std::string>())),
            anew);
}

}  // namespace
}  // namespace palabre::wire
