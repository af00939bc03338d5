#include "wire/names.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <string>

namespace palabre::wire {
namespace {

TEST(ParseNick, TakesLettersAndDigitsOfAnyScript) {
  for (const char* nick : {"ana", "Ana-Lena", "zoé", "bob_2", "名無し", "Ωmega", "سارة", "j.doe"}) {
    const auto parsed = parse_nick(nick);
    ASSERT_TRUE(parsed) << nick;
    EXPECT_EQ(parsed->shown, nick);
  }
}

TEST(ParseNick, RefusesWhatCouldForgeOrHide) {
  for (const char* nick :
       {"",        " ",  "a b",  "bob*",   "bob>",     "[bob",     "a:b",      "-bob",   "_x",
        "a/b",     "#a", "a@b",  "a\tb",   "a\u200Db", "a\u200Bb", "a\u00A0b", "\uFFFD", "a\u202Eb",
        "\u0301a", "😀",  "a\nb", "\u3164", "\u1160--", "\uFFA0x",  "a\u034F",  "a\uFE0F"}) {
    EXPECT_FALSE(parse_nick(nick)) << nick;
  }
}

TEST(ParseNick, TakesTwentyFourCharactersAndNotOneMore) {
  EXPECT_TRUE(parse_nick(std::string(24, 'x')));
  EXPECT_FALSE(parse_nick(std::string(25, 'x')));
  std::string accents;
  for (int i = 0; i < 24; ++i) accents += "é";
  EXPECT_TRUE(parse_nick(accents)) << "characters are counted, not bytes";
  EXPECT_FALSE(parse_nick(accents + "é"));
}

TEST(ParseNick, GivesNamesThatLookAlikeOneKey) {
  const auto key = [](const char* nick) { return parse_nick(nick)->key; };
  EXPECT_EQ(key("Ana"), key("ana"));
  EXPECT_EQ(key("ana"), key("\u0430n\u0430")) << "Cyrillic a";
  EXPECT_EQ(key("bill"), key("biII")) << "capital I";
  EXPECT_EQ(key("bob"), key("b0b")) << "zero";
  EXPECT_EQ(key("\uFF41\uFF4E\uFF41"), key("ana")) << "full width";
  EXPECT_EQ(key("Ian"), key("ian"));
  EXPECT_EQ(key("zo\u00E9"), key("zoe\u0301")) << "composed or not";
  EXPECT_EQ(key("\u0397elen"), key("Helen")) << "Greek Eta";
  EXPECT_NE(key("ana"), key("anna"));
  EXPECT_NE(key("zoe"), key("zo\u00E9"));
}

TEST(ParseRoomName, KnowsARoomWhateverTheCaseAndTheHabit) {
  for (const char* name :
       {"ops", "Ops", "OPS", "#ops", "/ops", "\uFF4F\uFF50\uFF53", "o\u200Bps"}) {
    ASSERT_TRUE(parse_room_name(name)) << name;
    EXPECT_EQ(parse_room_name(name)->text, "ops") << name;
  }
  EXPECT_EQ(parse_room_name("Équipe-2")->text, "équipe-2");
}

TEST(ParseRoomName, NeverGivesTheNameOfTheRegistrysLog) {
  const std::string name(chat::kRegistryRoom);
  for (const std::string& text : {name, "#" + name, "/" + name, std::string("\u2024registry"),
                                  std::string("\uFF0Eregistry"), "\u200B" + name}) {
    EXPECT_FALSE(parse_room_name(text)) << text;
  }
}

TEST(ParseRoomName, RefusesAPileOfMarksAtOnce) {
  std::string pile = "a";
  for (int i = 0; i < 16'000; ++i) pile += "\u0344\u0323";
  NameWork work;
  EXPECT_FALSE(parse_room_name(pile, &work));
  EXPECT_FALSE(parse_nick(pile, &work));
  EXPECT_EQ(work.units, 0) << "without the limit of bytes ICU takes a second";
}

TEST(ParseRoomName, IsWorkedOnNoMoreThanTheLimitHoweverLongItIs) {
  // Runs of marks, and the worst growth by folding: one character becomes eighteen.
  for (const std::string part : {"\u0344\u0323", "\uFDFA", "x", "\u0301"}) {
    std::string text = "a";
    std::size_t most = 0;
    for (int i = 0; i < 2'000; ++i, text += part) {
      NameWork room;
      NameWork nick;
      if (const auto name = parse_room_name(text, &room)) look_of(*name, &room);
      parse_nick(text, &nick);
      ASSERT_LE(room.units, NameWork::kMostUnits) << text.size() << " bytes";
      ASSERT_LE(nick.units, NameWork::kMostUnits) << text.size() << " bytes";
      most = std::max({most, room.units, nick.units});
    }
    EXPECT_GT(most, 0);
  }
}

TEST(ParseRoomName, RefusesWhatIsNoName) {
  for (const char* name : {"", "#", "##ops", "a b", "-x", "ops!", "../etc"}) {
    EXPECT_FALSE(parse_room_name(name)) << name;
  }
  EXPECT_TRUE(parse_room_name(std::string(32, 'x')));
  EXPECT_FALSE(parse_room_name(std::string(33, 'x')));
}

}  // namespace
}  // namespace palabre::wire
