#include "server/doors/operators/request.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sysexits.h>

#include <string>

namespace palabre::server {
namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""h;
using What = ControlRequest::What;

TEST(ControlRequest, IsOneLine) {
  EXPECT_EQ(encode(ControlRequest{What::kMute, 600s, "awa*"}), "mute 600 awa*\n");
  EXPECT_EQ(encode(ControlRequest{What::kWho, {}, ""}), "who\n");
  EXPECT_EQ(encode(ControlRequest{What::kInvite, 600s, "ops", 3, {}}), "invite 600 3 - ops\n");
}

TEST(ControlRequest, IsTheSameAfterItsWay) {
  for (const auto& request :
       {ControlRequest{What::kWho, {}, ""}, ControlRequest{What::kWho, {}, "ops"},
        ControlRequest{What::kKick, {}, "[::1:5000]"}, ControlRequest{What::kMute, 1s, "two words"},
        ControlRequest{What::kBan, kMostTime, "10.0.0.7"}, ControlRequest{What::kUnban, {}, "::1"},
        ControlRequest{What::kFreeze, {}, "海鷗"}, ControlRequest{What::kThaw, {}, "ops"},
        ControlRequest{What::kInvite, 0s, "ops", 1, ""},
        ControlRequest{What::kInvite, kMostTime, "ops", kMostUses, "[::1]:6000"},
        ControlRequest{What::kRevoke, {}, "0123456789ab"}, ControlRequest{What::kStats, {}, ""}}) {
    std::string line = *encode(request);
    line.pop_back();
    const auto parsed = parse_request(line);
    ASSERT_TRUE(parsed) << line;
    EXPECT_EQ(*parsed, request);
  }
}

TEST(ControlRequest, IsRefusedWhereItIsNoLine) {
  EXPECT_FALSE(encode(ControlRequest{What::kKick, {}, "a\nban 600 b"}));
  EXPECT_FALSE(encode(ControlRequest{What::kKick, {}, std::string(kMostRequestBytes, 'x')}));
}

TEST(ControlRequest, IsNothingThatLacksOrHasTooMuch) {
  for (const std::string line : {"",
                                 " ",
                                 "who ",
                                 "Who",
                                 "kick",
                                 "kick ",
                                 "mute awa",
                                 "mute 600",
                                 "mute 600 ",
                                 "mute 0 awa",
                                 "mute -1 awa",
                                 "mute 99999999999999999999 awa",
                                 "mute 31536001 awa",
                                 "mute 600s awa",
                                 "stats now",
                                 "invite ops",
                                 "invite 600 ops",
                                 "invite 600 1 ops",
                                 "invite 600 1 - ",
                                 "invite 600 0 - ops",
                                 "invite -1 1 - ops",
                                 "invite 600 100001 - ops",
                                 "invite 31536001 1 - ops",
                                 "invite 600 1  ops",
                                 "whoops",
                                 "quit",
                                 "\x1b[2J",
                                 "kick\tawa"}) {
    const auto parsed = parse_request(line);
    ASSERT_FALSE(parsed) << line;
    EXPECT_EQ(parsed.error().exit_code, EX_USAGE);
  }
}

RC_GTEST_PROP(ControlRequestProperty, TakesAnything, (const std::string& line)) {
  if (const auto parsed = parse_request(line)) {
    RC_ASSERT(line.find(' ') != std::string::npos || parsed->target.empty());
  }
  parse_answer(line);
  parse_time(line);
}

RC_GTEST_PROP(ControlAnswerProperty, IsWholeOrNothing, (const std::string& text, bool failed)) {
  const ControlAnswer answer{failed ? EX_NOUSER : EX_OK, text};
  const std::string bytes = encode(answer);
  RC_ASSERT(parse_answer(bytes) == answer);
  const auto cut = *rc::gen::inRange<std::size_t>(0, bytes.size());
  RC_ASSERT(!parse_answer(bytes.substr(0, cut)));
  RC_ASSERT(!parse_answer(bytes + "x"));
}

TEST(ControlTime, IsANumberAndAUnit) {
  EXPECT_EQ(parse_time("30s"), 30s);
  EXPECT_EQ(parse_time("10m"), 10min);
  EXPECT_EQ(parse_time("2h"), 2h);
  EXPECT_EQ(parse_time("1d"), 24h);
  EXPECT_EQ(parse_time("365d"), kMostTime);
  for (const std::string text : {"", "10", "m", "0s", "-1m", "10 m", "10min", "1.5h", "366d",
                                 "9999999999d", "2147483647d", "10M"}) {
    EXPECT_FALSE(parse_time(text)) << text;
  }
}

TEST(ControlTime, IsShownByItsTwoLargestUnits) {
  EXPECT_EQ(show_time(0s), "0s");
  EXPECT_EQ(show_time(std::chrono::milliseconds(1999)), "1s");
  EXPECT_EQ(show_time(10min), "10m");
  EXPECT_EQ(show_time(1h + 5min + 7s), "1h 5m");
  EXPECT_EQ(show_time(1h + 7s), "1h");
  EXPECT_EQ(show_time(25h), "1d 1h");
  EXPECT_EQ(show_time(-1s), "0s");
}

}  // namespace
}  // namespace palabre::server
