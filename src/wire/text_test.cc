#include "wire/text.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <variant>
#include <vector>

#include "wire/clean.h"

namespace palabre::wire {
namespace {

using chat::Kind;
using chat::Message;
using chat::Request;

template <typename T>
const T& only(const std::vector<Request>& requests) {
  EXPECT_EQ(requests.size(), 1U);
  return std::get<T>(requests.at(0));
}

template <typename R>
const R& only_refusal(const std::vector<Request>& requests) {
  return std::get<R>(only<chat::NotUnderstood>(requests).refusal);
}

std::string room_of(const chat::Join& join) { return std::get<chat::RoomName>(join.room).text; }

TEST(ParseRequests, TakesALineAsATextWithoutItsNewline) {
  EXPECT_EQ(only<chat::Post>(parse_requests("salut !\n")).text, "salut !");
  EXPECT_EQ(only<chat::Post>(parse_requests("salut !")).text, "salut !");
  EXPECT_EQ(only<chat::Post>(parse_requests("  kept  \n\n")).text, "  kept  ");
}

TEST(ParseRequests, TakesBlankLinesAsNothing) {
  for (const char* blank : {"", "\n", "  \n", "\t", "\n\n\n"}) {
    EXPECT_TRUE(parse_requests(blank).empty()) << blank;
  }
}

TEST(ParseRequests, KnowsEveryCommandWhateverTheCase) {
  only<chat::Help>(parse_requests("/help\n"));
  only<chat::Who>(parse_requests("/WHO\n"));
  only<chat::Quit>(parse_requests("/quit bye\n"));
  EXPECT_EQ(room_of(only<chat::Join>(parse_requests("/join  #Ops \n"))), "ops");
  EXPECT_EQ(only<chat::TakeNick>(parse_requests("/nick\tana\n")).nick.shown, "ana");
  const auto action = only<chat::Post>(parse_requests("/me waves at bob\n"));
  EXPECT_EQ(action.kind, Kind::kAction);
  EXPECT_EQ(action.text, "waves at bob");
}

TEST(ParseRequests, TakesADoubledSlashAsOneThatBeginsAText) {
  EXPECT_EQ(only<chat::Post>(parse_requests("//etc/passwd\n")).text, "/etc/passwd");
  EXPECT_EQ(only<chat::Post>(parse_requests("//help\n")).text, "/help");
}

TEST(ParseRequests, SaysWhatItDoesNotKnow) {
  EXPECT_EQ(only_refusal<chat::UnknownCommand>(parse_requests("/foo bar\n")).name, "/foo");
  EXPECT_EQ(only_refusal<chat::UnknownCommand>(parse_requests("/\n")).name, "/");
  EXPECT_EQ(only_refusal<chat::MissingArgument>(parse_requests("/join\n")).usage, "/join ROOM");
  EXPECT_EQ(only_refusal<chat::MissingArgument>(parse_requests("/nick  \n")).usage, "/nick NAME");
  EXPECT_EQ(only_refusal<chat::MissingArgument>(parse_requests("/me\n")).usage, "/me TEXT");
  only_refusal<chat::BadNick>(parse_requests("/nick two words\n"));
  only_refusal<chat::BadRoomName>(parse_requests("/join a b\n"));
}

TEST(ParseRequests, TakesTheCommandsThatADatagramBeginsWithThenOneText) {
  const auto requests = parse_requests("/nick bot\n\n/join ops\nfirst\n/quit\nlast\n");
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(std::get<chat::TakeNick>(requests[0]).nick.shown, "bot");
  EXPECT_EQ(room_of(std::get<chat::Join>(requests[1])), "ops");
  EXPECT_EQ(std::get<chat::Post>(requests[2]).text, "first\n/quit\nlast");
}

TEST(ParseRequests, TakesSixteenCommandsAtOnceAndRefusesTheRest) {
  std::string text;
  for (std::size_t i = 0; i < kMostCommands; ++i) text += "/who\n";
  EXPECT_EQ(parse_requests(text + "text").size(), kMostCommands + 1);
  const auto requests = parse_requests(text + "/who\ntext");
  ASSERT_EQ(requests.size(), kMostCommands + 1);
  only_refusal<chat::TooManyCommands>({requests.back()});
}

TEST(ParseRequests, ReadsWhatConcernsThePastAndIds) {
  const auto one = [](std::string_view text) { return parse_requests(text).at(0); };
  EXPECT_EQ(std::get<chat::ReadPast::Last>(std::get<chat::ReadPast>(one("/history")).what).count,
            20U);
  EXPECT_EQ(std::get<chat::ReadPast::Last>(std::get<chat::ReadPast>(one("/history 7")).what).count,
            7U);
  EXPECT_EQ(std::get<chat::ReadPast::From>(std::get<chat::ReadPast>(one("/from #12")).what).number,
            chat::Number{12});
  EXPECT_TRUE(std::get<chat::SetAcks>(one("/ack ON")).on);
  EXPECT_FALSE(std::get<chat::SetAcks>(one("/ack off")).on);
  const auto post = std::get<chat::Post>(one("/post a-1 two words "));
  EXPECT_EQ(post.id, chat::MessageId{"a-1"});
  EXPECT_EQ(post.text, "two words");
  for (const char* wrong :
       {"/history 0", "/history x", "/history -1", "/from", "/from 1x", "/from 9999999999999999999",
        "/ack", "/ack maybe", "/post", "/post a", "/post \xC3\xA9 text"}) {
    EXPECT_TRUE(std::holds_alternative<chat::NotUnderstood>(one(wrong))) << wrong;
  }
}

TEST(EncodeLine, WritesALineAsTheExerciseDoes) {
  EXPECT_EQ(encode_line({Kind::kText, "[192.168.52.2:54524]", "??"}), "[192.168.52.2:54524]> ??\n");
  EXPECT_EQ(encode_line({Kind::kAction, "ana*", "waves"}), "* ana* waves\n");
}

TEST(EncodeLine, LeavesNoLineOfATextAtTheMargin) {
  EXPECT_EQ(encode_line({Kind::kText, "ana*", "a\nbob*> b\n-- c"}), "ana*> a\n  bob*> b\n  -- c\n");
}

RC_GTEST_PROP(EncodeLineProperty, IsNoLongerThanTheDomainSays,
              (const std::string& author, const std::string& text, bool action)) {
  const Message message{action ? Kind::kAction : Kind::kText, author, text};
  RC_ASSERT(encode_line(message).size() <= chat::line_bytes(message));
  const bool has_long_run = shorten_blanks(text) != text;
  RC_ASSERT(has_long_run || encode_line(message).size() == chat::line_bytes(message));
}

std::vector<chat::Event> one_of_each_event() {
  using namespace chat;  // NOLINT(google-build-using-namespace): every name of it is an event
  return {
      Welcome{RoomName{"lobby"}, 2, false, std::nullopt, std::nullopt},
      Welcome{RoomName{"ops"}, 0, true, "ana*", std::nullopt},
      Welcome{RoomName{"ops"}, 1, true, std::nullopt, "ana"},
      Joined{{}, "ops", 0},
      Joined{{}, "ops", 0, {}, false, {false, {std::string(300, 'x'), "ana*"}}},
      NickTaken{"ana*"},
      AskedToWrite{"ana", {}, std::string(900, 'x')},
      Contacts{Contact::What::kBlock, "ana"},
      Contacts{Contact::What::kRequests, {}, {"ana"}, 1},
      Present{
          RoomName{"lobby"}, 3, {{"ana*"}, {"[10.0.0.1:4000]"}, {"bob", false, "lunch"}}, "ana*"},
      RoomChanged{{1}, "ops", Frozen{true}, {}},
      RoomChanged{{1}, "ops", Topic{"the tide", "ana*"}, {}},
      RoomChanged{{1}, "ops", Topic{"", "ana*"}, {}},
      RoomChanged{{1}, "ops", Frozen{false}, {}},
      HelpText{},
      IdleWarning{std::chrono::seconds(60)},
      Farewell{Farewell::Why::kQuit},
      Farewell{Farewell::Why::kIdle},
      Farewell{Farewell::Why::kKicked},
      Farewell{Farewell::Why::kClosing},
      Gap{{{3}, {9}, Missing::Why::kNotKept}},
      Gap{{{3}, {3}, Missing::Why::kDamaged}},
      Gap{{{3}, {9}, Missing::Why::kExpired}},
      Gap{{{3}, {9}, Missing::Why::kUnread}},
      AcksSet{true, true},
      AcksSet{true, false},
      AcksSet{false, true},
      Rereading{{3}, {9}},
      Rereading{{10}, {9}},
      Refused{CannotKeep{Trouble::kDiskFull, MessageId{std::string(64, 'x')}}},
      Refused{CannotKeep{Trouble::kTooMuchWaits}},
      Refused{NothingKept{RoomName{"ops"}}},
      Refused{BadMessageId{}},
      Refused{UnknownCommand{"/" + std::string(1100, 'x')}},
      Refused{MissingArgument{"/join ROOM"}},
      Refused{TooManyCommands{16}},
      Refused{BadNick{}},
      Refused{BadRoomName{}},
      Refused{NickInUse{"ana"}},
      Refused{NickInUse{std::string(96, 'x'), true}},
      Refused{LineTooLong{1201, 1200}},
      Refused{ServerFull{4096}},
      Refused{ServerFull{8192, true}},
      Refused{CannotKeep{Trouble::kAfterAnother, MessageId{std::string(64, 'x')}}},
      Refused{NotRecorded{Trouble::kRegistryFull}},
      Refused{NoOtherMember{}},
      Refused{TooManyDirects{}},
      Refused{NotInPrivate{NotInPrivate::Why::kNotAccepted, std::string(96, 'x'), 3,
                           MessageId{std::string(64, 'x')}}},
      Refused{NotInPrivate{NotInPrivate::Why::kTooManyBlocked, "ana", 500, {}}},
      Refused{NoSuchInvite{}},
      Refused{TooManyRooms{1024}},
      Refused{LooksLikeRoom{{"0ps"}, {"ops"}}},
      Refused{NotFromHere{}},
      Refused{RoomFrozen{}},
      Refused{TooFast{}},
      Refused{Muted{}},
      Refused{LooksLikeOurs{}},
      Refused{TooManyFromThere{}},
      Refused{TooManyRenames{std::chrono::seconds(90)}},
      Refused{StillStarting{}},
      Refused{MembersOnly{"/leave"}},
      Refused{OneRoomOnly{"/history"}},
      Refused{AlwaysInOneRoom{}},
      Refused{RoomNotNamed{}},
      Refused{RoomNotNamed{MessageId{std::string(64, 'x')}}}};
}

TEST(EncodeNotice, MarksEveryLineAndFitsADatagram) {
  for (const chat::Event& event : one_of_each_event()) {
    const std::string notice = encode_notice(event);
    EXPECT_LE(notice.size(), kPlainDatagramBytes);
    ASSERT_TRUE(notice.ends_with('\n'));
    for (std::size_t start = 0; start < notice.size(); start = notice.find('\n', start) + 1) {
      EXPECT_TRUE(std::string_view(notice).substr(start).starts_with(kNoticeMark)) << notice;
    }
  }
}

TEST(EncodeNotice, IsOneLineButForTheHelp) {
  for (const chat::Event& event : one_of_each_event()) {
    if (std::holds_alternative<chat::HelpText>(event)) continue;
    const std::string notice = encode_notice(event);
    EXPECT_EQ(notice.find('\n'), notice.size() - 1) << notice;
  }
}

TEST(EncodeNotice, NamesEveryCommandInTheHelp) {
  const std::string help = encode_notice(chat::HelpText{});
  for (const char* command :
       {"/nick", "/join", "/who", "/me", "/quit", "/history", "/from", "/ack", "/post", "//"}) {
    EXPECT_NE(help.find(command), std::string::npos) << command;
  }
}

TEST(EncodeNotice, AcknowledgesForPrograms) {
  EXPECT_EQ(encode_notice(chat::Acknowledged{{12}, std::nullopt}), "#12\n");
  EXPECT_EQ(encode_notice(chat::Acknowledged{{12}, chat::MessageId{"a-1"}}), "#12 a-1\n");
}

TEST(EncodeNotice, SaysWhatARoomKeeps) {
  const auto says = [](const chat::Promise& promise) {
    const std::string line = encode_notice(chat::Joined{{}, "ops", 1, promise});
    return line.substr(line.find("here, ") + 6);
  };
  using std::chrono_literals::operator""h;
  EXPECT_EQ(says({}), "nothing is kept.\n");
  EXPECT_EQ(says({true, {}, {}, {}}), "all is kept.\n");
  EXPECT_EQ(says({true, 720h, {}, {}}), "all is kept for 30 days.\n");
  EXPECT_EQ(says({true, 720h, 1000, {}}), "the last 1000 messages are kept for 30 days.\n");
  EXPECT_EQ(says({true, 720h, 1000, 64 << 20}),
            "the last 1000 messages, 64 MiB at most, are kept for 30 days.\n");
  EXPECT_EQ(says({true, {}, 1, {}}), "the last message is kept.\n");
  EXPECT_EQ(says({true, {}, {}, 1 << 20}), "the last 1 MiB are kept.\n");
}

TEST(EncodeNotice, SaysWhoMayAskForWhatIsNotForEverybody) {
  const auto says = [](chat::Refusal refusal) {
    return encode_notice(chat::Refused{std::move(refusal)});
  };
  EXPECT_EQ(says(chat::MembersOnly{"A note"}),
            "-- A note is for members: come with palabre chat.\n");
  EXPECT_EQ(says(chat::OneRoomOnly{"/ack"}),
            "-- /ack is for those who are in one room at a time.\n");
  EXPECT_EQ(says(chat::AlwaysInOneRoom{}),
            "-- You are always in one room: go to another with /join ROOM\n");
  EXPECT_EQ(says(chat::RoomNotNamed{}), "-- Not done: say in which room.\n");
  const std::string with_id = says(chat::RoomNotNamed{chat::MessageId{"a-1"}});
  EXPECT_TRUE(with_id.starts_with("-- Not done")) << with_id;
  EXPECT_NE(with_id.find("a-1"), std::string::npos) << with_id;
}

TEST(EncodeLine, IsATombstoneWhereTheMessageWasRemoved) {
  EXPECT_EQ(encode_line(chat::removed_message()), "-- This message was removed.\n");
}

TEST(EncodeRemoved, IsOneShortLineHoweverMany) {
  EXPECT_EQ(encode_removed(chat::NumberRanges({{7}})), "-- Message #7 was removed.\n");
  EXPECT_EQ(encode_removed(chat::NumberRanges({{7}, {8}})), "-- Messages #7 to #8 were removed.\n");
  EXPECT_EQ(encode_removed(chat::NumberRanges({{7}, {9}})),
            "-- 2 messages from #7 to #9 were removed.\n");
  std::vector<chat::Number> many;
  for (std::uint64_t number = 1; number < 2000; number += 2) many.push_back({number});
  EXPECT_EQ(encode_removed(chat::NumberRanges(many)),
            "-- Some messages from #1 to #1999 were removed.\n");
}

TEST(EncodeNotice, ListsAsManyAsFitAndCountsTheRest) {
  chat::Present present{chat::RoomName{"lobby"}, 1000, {}, "ana*"};
  for (int i = 0; i < 200; ++i) present.people.push_back({"[192.168.100.200:50000]"});
  const std::string notice = encode_notice(present);
  EXPECT_LE(notice.size(), kPlainDatagramBytes);
  EXPECT_GT(notice.size(), kPlainDatagramBytes - 80) << "as many as fit";
  EXPECT_NE(notice.find("1000 here:"), std::string::npos);
  EXPECT_NE(notice.find(" more\n"), std::string::npos);
}

TEST(EncodeNotice, ListsAsManyOperatorsAsFitAndNotWhoAppointedThemAndWhy) {
  chat::Ruled listed{chat::Order::Verb::kOperators};
  for (std::uint64_t number = 1; number <= 200; ++number) {
    const chat::Decision decision{chat::Appoint{}, chat::MemberKey{}, {}, "a private reason"};
    listed.lines.push_back({{number}, decision, "awa", "", number % 2 == 0 ? "ben" : ""});
  }
  const std::string notice = encode_notice(listed);
  EXPECT_LE(notice.size(), kPlainDatagramBytes);
  EXPECT_GT(notice.size(), kPlainDatagramBytes - 80) << "as many as fit";
  EXPECT_TRUE(notice.starts_with("-- 1  operator awa\n-- 2  operator awa\n")) << notice;
  const auto shown = std::count(notice.begin(), notice.end(), '\n') - 1;
  EXPECT_TRUE(notice.ends_with("\n-- and " + std::to_string(200 - shown) + " more\n")) << notice;
  listed.lines.resize(2);
  EXPECT_EQ(encode_notice(listed), "-- 1  operator awa\n-- 2  operator awa\n");
}

TEST(EncodeNotice, HasTheTopicAfterAsManyNamesAsFit) {
  const chat::RoomFacts facts{false, {std::string(300, 'x'), "ana*"}};
  chat::Present present{chat::RoomName{"lobby"}, 1000, {}, "ana*", facts};
  for (int i = 0; i < 200; ++i) present.people.push_back({"[192.168.100.200:50000]"});
  const std::string notice = encode_notice(present);
  EXPECT_LE(notice.size(), kPlainDatagramBytes);
  EXPECT_TRUE(notice.ends_with(" more. " + in_words(facts) + "\n")) << notice;
  EXPECT_EQ(in_words(chat::RoomFacts{false, {"the tide", "ana*"}}), "Topic by ana*: the tide");
  EXPECT_EQ(in_words(chat::RoomFacts{}), "");
}

TEST(EncodeNotice, CutsARepeatedWordBetweenCharacters) {
  std::string name = "/" + std::string(38, 'x') + "\u00E9\u00E9";
  const std::string notice = encode_notice(chat::Refused{chat::UnknownCommand{name}});
  EXPECT_NE(notice.find("/" + std::string(38, 'x') + " is no command"), std::string::npos)
      << notice;
}

TEST(ParseMessageNumber, TakesANumberWithItsMarkOrWithout) {
  EXPECT_EQ(parse_message_number("12"), chat::Number{12});
  EXPECT_EQ(parse_message_number("#12"), chat::Number{12});
  EXPECT_EQ(parse_message_number("18446744073709551615"),
            chat::Number{std::numeric_limits<std::uint64_t>::max()});
  for (const char* text : {"", "#", "##1", "0", "#0", "-1", "+1", "1x", "18446744073709551616"}) {
    EXPECT_EQ(parse_message_number(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace palabre::wire
