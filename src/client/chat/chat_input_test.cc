#include "client/chat/chat_input.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace palabre::client {
namespace {

template <typename T>
T read(std::string_view line) {
  const Typed typed = read_typed(line);
  EXPECT_TRUE(std::holds_alternative<T>(typed)) << line;
  return std::holds_alternative<T>(typed) ? std::get<T>(typed) : T{};
}

TEST(ReadTyped, TakesWhatIsNoCommandAsText) {
  EXPECT_EQ(read<typed::Say>("hello / there").text, "hello / there");
  EXPECT_EQ(read<typed::Say>("  indented").text, "  indented");
  EXPECT_EQ(read<typed::Say>("//etc/hosts").text, "/etc/hosts");
  EXPECT_EQ(read<typed::Say>("two\nlines\n").text, "two\nlines");
  for (const char* nothing : {"", "  ", "\t\n"}) read<typed::Nothing>(nothing);
}

TEST(ReadTyped, ReadsEachCommand) {
  EXPECT_EQ(read<typed::Join>("/join  ops ").room, "ops");
  EXPECT_EQ(read<typed::Leave>("/leave").room, "");
  EXPECT_EQ(read<typed::Tell>("/msg kofi  hello  you").nick, "kofi");
  EXPECT_EQ(read<typed::Tell>("/msg kofi  hello  you").text, "hello  you");
  EXPECT_EQ(read<typed::Say>("/me waves").kind, chat::Kind::kAction);
  EXPECT_EQ(std::get<chat::TakeNick>(read<typed::Ask>("/nick awa").request).nick.shown, "awa");
  EXPECT_EQ(read<typed::Who>("/who").room, "");
  EXPECT_EQ(read<typed::Who>("/who ops").room, "ops");
  EXPECT_EQ(read<typed::History>("/history").count, 20);
  EXPECT_EQ(read<typed::History>("/history 5").count, 5);
  EXPECT_EQ(read<typed::History>("/history 4000000000").count, 200);
  EXPECT_EQ(read<typed::Search>("/search a b").text, "a b");
  EXPECT_EQ(read<typed::Ignore>("/ignore").nick, "");
  EXPECT_EQ(read<typed::Away>("/away at lunch").note, "at lunch");
  read<typed::Help>("/help");
  read<typed::Quit>("/quit");
}

TEST(ReadTyped, SaysWhatIsWrong) {
  for (const char* line :
       {"/joyn ops", "/", "/join", "/msg", "/me  ", "/history x", "/history 0", "/search",
        "/history 5x", "/nick a b", "/join bad room!", "/leave a b", "/who ops tea", "/ignore a b",
        "/history 5 6", "/help me", "/quit for today"}) {
    EXPECT_FALSE(read<typed::Mistake>(line).words.empty());
  }
  EXPECT_NE(read<typed::Mistake>("/joyn ops").words.find("/joyn"), std::string::npos);
}

TEST(Completions, AreOfWhatCanStandThere) {
  const std::vector<std::string> nicks{"awa", "aminata", "kofi"};
  const std::vector<std::string> rooms{"lobby", "ops"};
  const auto complete = [&](std::string_view before, std::string_view word) {
    return completions(before, word, nicks, rooms);
  };
  using Words = std::vector<std::string>;
  EXPECT_EQ(complete("", "/hi"), Words{"/history"});
  EXPECT_EQ(complete("", "k"), Words{"kofi:"});
  EXPECT_EQ(complete("hello ", "a"), (Words{"awa", "aminata"}));
  EXPECT_EQ(complete("/msg ", "k"), Words{"kofi"});
  EXPECT_EQ(complete("/join ", ""), rooms);
  EXPECT_EQ(complete("hello ", "/"), Words{});
}

TEST(TypedHelp, NamesEveryCommand) {
  std::string all;
  for (const auto& line : typed_help()) all += line + "\n";
  for (const char* name : {"/help", "/join", "/leave", "/nick", "/msg", "/who", "/me", "/history",
                           "/search", "/ignore", "/away", "/quit", "//"}) {
    EXPECT_NE(all.find(name), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace palabre::client
