#include "server/doors/operators/request.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sysexits.h>

#include <string>

#include "base/time_text.h"

namespace palabre::server {
namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""h;
using What = ControlRequest::What;

TEST(ControlRequest, IsOneLine) {
  EXPECT_EQ(encode(ControlRequest{.what = What::kOrder, .line = "mute awa* --for 600s"}),
            "order - mute awa* --for 600s\n");
  EXPECT_EQ(encode(ControlRequest{What::kWho, {}, ""}), "who\n");
  EXPECT_EQ(encode(ControlRequest{What::kInvite, 600s, "ops", 3, {}}), "invite 600 3 - ops\n");
}

TEST(ControlRequest, IsTheSameAfterItsWay) {
  for (const auto& request :
       {ControlRequest{What::kWho, {}, ""}, ControlRequest{What::kWho, {}, "ops"},
        ControlRequest{.what = What::kOrder, .line = "kick [::1:5000]"},
        ControlRequest{.what = What::kOrder, .target = "海鷗", .line = "freeze --off"},
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
  EXPECT_FALSE(encode(ControlRequest{.what = What::kOrder, .line = "kick a\norder - ban b"}));
  EXPECT_FALSE(
      encode(ControlRequest{.what = What::kOrder, .line = std::string(kMostRequestBytes, 'x')}));
}

TEST(ControlRequest, IsNothingThatLacksOrHasTooMuch) {
  for (const std::string line : {"",
                                 " ",
                                 "who ",
                                 "Who",
                                 "kick",
                                 "kick awa",
                                 "order",
                                 "order ",
                                 "order -",
                                 "order - ",
                                 "order  kick awa",
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
                                 "order\t- kick awa"}) {
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
}

RC_GTEST_PROP(ControlAnswerProperty, IsWholeOrNothing, (const std::string& text, bool failed)) {
  const ControlAnswer answer{failed ? EX_NOUSER : EX_OK, text};
  const std::string bytes = encode(answer);
  RC_ASSERT(parse_answer(bytes) == answer);
  const auto cut = *rc::gen::inRange<std::size_t>(0, bytes.size());
  RC_ASSERT(!parse_answer(bytes.substr(0, cut)));
  RC_ASSERT(!parse_answer(bytes + "x"));
}

}  // namespace
}  // namespace palabre::server
