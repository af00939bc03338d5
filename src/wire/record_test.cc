#include "wire/record.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <variant>

#include "chat/direct_room.h"
#include "wire/names.h"

namespace palabre::wire {
namespace {

using chat::Record;

const std::string kZeros(43, 'A');

template <typename T>
T any_bytes() {
  T of;
  for (auto& byte : of.bytes) byte = *rc::gen::arbitrary<std::uint8_t>();
  return of;
}

chat::Nick any_nick() {
  static const std::array<const char*, 5> kNicks{"ana", "Zoé", "名無し", "j.doe", "Ian"};
  return *parse_nick(kNicks[*rc::gen::inRange<std::size_t>(0, kNicks.size())]);
}

chat::Whom any_whom() {
  switch (*rc::gen::inRange(0, 3)) {
    case 0:
      return any_bytes<chat::MemberKey>();
    case 1:
      return chat::GuestAt{*rc::gen::element<std::string>("[10.0.0.1:4000]", "[2001:db8::1:4000]")};
    default:
      return *Network::parse(*rc::gen::element<std::string>("10.0.0.0/24", "2001:db8::/64", "::1"));
  }
}

chat::Act any_act() {
  const chat::RoomName room{*rc::gen::element<std::string>("ops", "équipe-2", "a.b")};
  const auto maybe_room = *rc::gen::arbitrary<bool>() ? std::optional(room) : std::nullopt;
  switch (*rc::gen::inRange(0, 13)) {
    case 0:
      return chat::Kick{any_whom(), maybe_room};
    case 1:
      return chat::Ban{any_whom(), maybe_room};
    case 2:
      return chat::Mute{any_whom(), maybe_room};
    case 3:
      return chat::Appoint{any_bytes<chat::MemberKey>(), maybe_room};
    case 4:
      return chat::MarkBot{any_bytes<chat::MemberKey>()};
    case 5:
      return chat::Expel{room, any_bytes<chat::MemberKey>()};
    case 6:
      return chat::Delete{room, {*rc::gen::arbitrary<std::uint64_t>()}};
    case 7:
      return chat::Rule{room, chat::Frozen{}};
    case 8:
      return chat::UndoBy{any_bytes<chat::MemberKey>(),
                          *rc::gen::inRange<std::int64_t>(0, 1 << 30)};
    case 9:
      return chat::UndoBy{*Network::parse("10.0.0.0/24"), 0};
    case 10:
      return chat::Forget{any_bytes<chat::MemberKey>()};
    case 11:
      return chat::ForgetRoom{room};
    default:
      return chat::Rule{room,
                        chat::Slow{*rc::gen::inRange<std::uint32_t>(1, chat::Slow::kMostSeconds)}};
  }
}

std::optional<chat::MemberKey> any_operator() {
  if (*rc::gen::arbitrary<bool>()) return std::nullopt;
  return any_bytes<chat::MemberKey>();
}

Record any_record() {
  switch (*rc::gen::inRange(0, 12)) {
    case 7:
      return chat::Decision{any_act(),
                            any_operator(),
                            {*rc::gen::inRange<std::int64_t>(0, 4'000'000'000)},
                            *rc::gen::element<std::string>("", "shouting", "\u00E9 - \"x\"")};
    case 8:
      return chat::Undone{{*rc::gen::arbitrary<std::uint64_t>()}, any_operator()};
    case 9:
      return chat::RoomFounded{{*rc::gen::element<std::string>("ops", "a.b")}, any_operator()};
    case 0:
      return chat::NickBound{any_bytes<chat::MemberKey>(), any_nick()};
    case 1:
      return chat::InviteMade{
          any_bytes<chat::InviteHash>(),
          {*rc::gen::element<std::string>("ops", "équipe-2", "a.b")},
          {*rc::gen::inRange<std::int64_t>(0, std::numeric_limits<std::int64_t>::max())},
          *rc::gen::inRange<std::uint32_t>(1, std::numeric_limits<std::uint32_t>::max())};
    case 2:
      return chat::InviteUsed{any_bytes<chat::InviteHash>(), any_bytes<chat::MemberKey>()};
    case 3:
      return chat::InviteRevoked{any_bytes<chat::InviteHash>()};
    case 4:
      return chat::RoomFact{{*rc::gen::element<std::string>("ops", "équipe-2", "a.b")},
                            chat::Frozen{*rc::gen::arbitrary<bool>()}};
    case 5:
      return chat::RoomFact{
          *rc::gen::element(chat::RoomName{"ops"},
                            chat::direct_room(any_bytes<chat::MemberKey>(), chat::MemberKey{})),
          chat::Topic{*rc::gen::element<std::string>("", "the tide: 14 h", "\u00E9\u6F22 \"x\""),
                      *rc::gen::element<std::string>("ana*", "bob", "[10.0.0.1:4000]")},
          *rc::gen::element<std::string>("", "10.0.0.1", "2001:db8::/64",
                                         "@" + std::string(64, '0'))};
    case 10:
      return chat::TrialEnded{any_bytes<chat::MemberKey>(), *rc::gen::arbitrary<bool>()};
    case 6:
      return chat::Blocked{any_bytes<chat::MemberKey>(), any_bytes<chat::MemberKey>(),
                           *rc::gen::arbitrary<bool>()};
    default:
      return chat::DirectOpened{any_bytes<chat::MemberKey>(), any_bytes<chat::MemberKey>(),
                                *rc::gen::arbitrary<bool>()};
  }
}

RC_GTEST_PROP(Record, IsReadAsItIsWritten, ()) {
  const Record record = any_record();
  const std::string line = to_line(record);
  RC_ASSERT(line.find('\n') == std::string::npos);
  RC_ASSERT(parse_record(line) == record);
}

// A line that can be read is written back the same: no two lines mean the same record, except for
// other forms of numbers and names.
RC_GTEST_PROP(Record, IsNothingOrItselfWithACharacterChanged, ()) {
  const Record record = any_record();
  std::string line = to_line(record);
  line[*rc::gen::inRange<std::size_t>(0, line.size())] = *rc::gen::arbitrary<char>();
  const auto changed = parse_record(line);
  if (changed) RC_ASSERT(parse_record(to_line(*changed)) == changed);
}

RC_GTEST_PROP(Record, IsNotMadeOutOfAnyText, (const std::string& text)) {
  RC_ASSERT(!parse_record(text));
}

TEST(Record, IsNothingWhereANameHasABlank) {
  EXPECT_TRUE(parse_record("topic ops ana* YSBi"));
  EXPECT_FALSE(parse_record("topic ops an\ta* YSBi"));
}

TEST(Record, IsALineThatAPersonCanRead) {
  chat::MemberKey key;
  key.bytes[31] = 1;
  const std::string one = std::string(42, 'A') + "E";
  EXPECT_EQ(to_line(chat::NickBound{key, {"Ana", "whatever"}}),
            "member " + one + " Ana d2hhdGV2ZXI");
  EXPECT_EQ(to_line(chat::InviteMade{{}, {"ops"}, {1800000000}, 3}),
            "invite " + kZeros + " ops 1800000000 3");
  EXPECT_EQ(to_line(chat::InviteUsed{{}, key}), "admitted " + kZeros + " " + one);
  EXPECT_EQ(to_line(chat::DirectOpened{{}, key}), "direct " + kZeros + " " + one);
  EXPECT_EQ(to_line(chat::DirectOpened{{}, key, true}), "asked " + kZeros + " " + one);
  EXPECT_EQ(to_line(chat::Blocked{{}, key}), "block " + kZeros + " " + one);
  EXPECT_EQ(to_line(chat::Blocked{{}, key, false}), "unblock " + kZeros + " " + one);
  EXPECT_EQ(to_line(chat::RoomFact{{"ops"}, chat::Frozen{true}}), "freeze ops");
  EXPECT_EQ(to_line(chat::RoomFact{{"ops"}, chat::Topic{"a b", "ana*"}}), "topic ops ana* YSBi");
  EXPECT_EQ(to_line(chat::RoomFact{{"ops"}, chat::Frozen{false}}), "thaw ops");
}

TEST(Record, SaysWhetherARoomIsFrozenAndReadsItBack) {
  EXPECT_EQ(parse_record("freeze ops"), Record(chat::RoomFact{{"ops"}, chat::Frozen{true}}));
  EXPECT_EQ(parse_record("thaw ops"), Record(chat::RoomFact{{"ops"}, chat::Frozen{false}}));
}

TEST(Record, HasTheKeyOfItsNickWorkedOutWhereItIsOfBeforeThatWasKept) {
  const auto record = parse_record("member " + kZeros + " Ian");
  ASSERT_TRUE(record);
  EXPECT_EQ(std::get<chat::NickBound>(*record).nick, *parse_nick("Ian"));
}

/// Replaces each @ by a key of zeros.
std::string with_keys(std::string line) {
  for (std::size_t at = line.find('@'); at != std::string::npos; at = line.find('@', at)) {
    line.replace(at, 1, kZeros);
  }
  return line;
}

TEST(Record, MakesATopicOfAFileSafeToShow) {
  const auto record = parse_record("topic ops a\x1b[2Jna YQpiG1sySg");  // a, newline, b, escape
  ASSERT_TRUE(record);
  const auto& topic = std::get<chat::Topic>(std::get<chat::RoomFact>(*record).fact);
  EXPECT_EQ(topic.text, "a b\uFFFD[2J");
  EXPECT_EQ(topic.by, "a\uFFFD[2Jna");
  for (const char* line : {"topic", "topic ops", "topic ops ana", "topic ops ana a b",
                           "topic ops ana YSBi=", "topic .registry ana YSBi", "topic ops ana Y"}) {
    EXPECT_FALSE(parse_record(line)) << line;
  }
}

TEST(Record, IsNothingWhereAnythingIsWrong) {
  EXPECT_TRUE(parse_record(with_keys("member @ ana")));
  EXPECT_TRUE(parse_record(with_keys("invite @ ops 0 1")));
  for (const char* line : {"",
                           "@",
                           "member",
                           "member @",
                           "member @ ",
                           "member @ a b",
                           "member @ ana =",
                           "member @ ana YW5h YW5h",
                           "member @ ana YW5h ",
                           "member A@ ana",
                           "member @@ ana",
                           "member  @ ana",
                           "member @  ana",
                           "member  ana",
                           "Member @ ana",
                           "member @ ana ",
                           "exile @ ana",
                           "invite @ ops 0 0",
                           "invite @ ops -1 1",
                           "invite @ ops 0",
                           "invite @ ops 0 1 ",
                           "invite @ ops 0 1 1",
                           "invite @ ops 0 4294967296",
                           "invite @ .registry 0 1",
                           "invite @ ops 1x 1",
                           "admitted @",
                           "admitted @ @ @",
                           "direct @ @ ",
                           "direct @ @=",
                           "freeze",
                           "freeze ",
                           "freeze ops ops",
                           "freeze  ops",
                           "freeze .registry",
                           "thaw",
                           "thaw ops 1",
                           "Thaw ops"}) {
    EXPECT_FALSE(parse_record(with_keys(line))) << line;
  }
}

}  // namespace
}  // namespace palabre::wire
