#include "client/chat/chat_words.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "wire/names.h"

namespace palabre::client {
namespace {

const chat::RoomName kOps{"ops"};
constexpr std::int64_t kMinute = 60'000'000;

Line line(const std::string& text, chat::Kind kind = chat::Kind::kText) {
  return {{12}, {kind, "awa", text}, {(13 * 60 + 7) * kMinute}};
}

TEST(ChatWords, SayWhenWhichAndWho) {
  const ChatWords words({false, nullptr});
  EXPECT_EQ(words.line(line("hello"), "kofi", kOps, false), "13:07 #12 awa: hello");
  EXPECT_EQ(words.line(line("hello"), "kofi", kOps, true), "13:07 #12 [ops] awa: hello");
  EXPECT_EQ(words.line(line("waves", chat::Kind::kAction), "kofi", kOps, false),
            "13:07 #12 * awa waves");
  EXPECT_EQ(words.line(line("a\nb> c"), "kofi", kOps, false), "13:07 #12 awa: a\n  b> c")
      << "no line can pass for another's";
  EXPECT_EQ(words.line(line("hello"), "awa", kOps, false), "13:07 #12 (you): hello");
  EXPECT_EQ(words.line(line("waves", chat::Kind::kAction), "awa", kOps, false),
            "13:07 #12 * awa waves");
  Line timeless = line("x");
  timeless.kept_at = {};
  EXPECT_EQ(words.line(timeless, "kofi", kOps, false), "--:-- #12 awa: x");
}

TEST(ChatWords, MarkOnesOwnByWhatNoNameCanBe) {
  EXPECT_EQ(wire::parse_nick("(you)"), std::nullopt);
  const ChatWords words({true, nullptr});
  EXPECT_NE(words.line(line("hello"), "awa", kOps, false).find("\x1b[1myou\x1b[0m: hello"),
            std::string::npos)
      << "in bold; others have a colour";
}

TEST(ChatWords, GoByTheZone) {
  const ChatWords east({false, [](std::int64_t) { return 11 * 60; }});
  EXPECT_EQ(east.line(line("x"), "kofi", kOps, false), "00:07 #12 awa: x");
  const ChatWords west({false, [](std::int64_t) { return -14 * 60; }});
  EXPECT_EQ(west.line(line("x"), "kofi", kOps, false), "23:07 #12 awa: x");
}

TEST(ChatWords, TellTheStateOfOnesOwn) {
  const ChatWords words({false, nullptr});
  EXPECT_EQ(words.waiting("hello"), "… hello");
  EXPECT_EQ(words.waiting("a\nb"), "… a …");
  EXPECT_EQ(words.kept({PostId{1}, kOps, line("hello"), true, false}, false),
            "13:07 #12 (you): hello");
  EXPECT_EQ(words.kept({PostId{1}, kOps, line("hello"), false, false}, false),
            "13:07 #12 (not kept) (you): hello");
  EXPECT_EQ(words.kept({PostId{1}, kOps, line("waves", chat::Kind::kAction), true, false}, false),
            "13:07 #12 * awa waves")
      << "as the others see it";
  EXPECT_EQ(words.refused({PostId{1}, kOps, "hello", "The room is frozen."}),
            "-- Not sent, \"hello\": The room is frozen.");
  EXPECT_EQ(words.refused({PostId{1}, kOps, "hello", "Not sent: you are muted."}),
            "-- Not sent, \"hello\": you are muted.");
  EXPECT_EQ(words.refused({PostId{1}, kOps, "hello", "You left.", true}),
            "-- Unconfirmed, \"hello\": You left.");
  EXPECT_EQ(words.missed({kOps, {3}, {5}, false, "Expired."}), "-- #3 to #5 are missing. Expired.");
  EXPECT_EQ(words.missed({kOps, {3}, {3}, false, "Lost."}), "-- #3 is missing. Lost.");
}

TEST(ChatWords, GiveANickItsColourEverywhere) {
  const ChatWords words({true, nullptr});
  EXPECT_NE(words.line(line("x"), "kofi", kOps, false).find("\x1b[38;5;"), std::string::npos);
  EXPECT_EQ(colour_of("awa"), colour_of("awa*"));
  std::set<unsigned> colours;
  for (char c = 'a'; c <= 'z'; ++c) colours.insert(colour_of(std::string(3, c)));
  EXPECT_GT(colours.size(), 8);
}

TEST(ShortenedToLine, CutsNoCharacter) {
  EXPECT_EQ(shortened_to_line("héé", 2), "h …");
  EXPECT_EQ(shortened_to_line("héé", 3), "hé …");
  EXPECT_EQ(shortened_to_line("héé", 5), "héé");
}

}  // namespace
}  // namespace palabre::client
