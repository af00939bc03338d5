#include "client/chat/pieces.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <clocale>
#include <string>
#include <string_view>

#include "client/chat/graphemes.h"

namespace palabre::client {
namespace {

constexpr std::string_view kFamily = "\U0001F468\u200D\U0001F469\u200D\U0001F467";

std::vector<std::string> pieces_of(const std::string& text, std::size_t line_bytes) {
  return pieces({chat::Kind::kText, "awa", text}, line_bytes);
}

std::string repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

TEST(Pieces, OfAShortTextAreIt) {
  EXPECT_EQ(pieces_of("hello there", 1200), std::vector<std::string>{"hello there"});
  EXPECT_EQ(pieces_of(" a \n", 1200), std::vector<std::string>{" a \n"});
}

TEST(Pieces, EndAfterAWord) {
  EXPECT_EQ(pieces_of("one two three four five", 22),
            (std::vector<std::string>{"one two three", "four five"}));
  EXPECT_EQ(pieces_of("one two three\n  four\n\nfive six", 24),
            (std::vector<std::string>{"one two three", "  four", "five six"}))
      << "an indent stays";
}

TEST(Pieces, OfALongWordEndBetweenCharacters) {
  const auto x = pieces_of(std::string(1300, 'x'), 1200);
  ASSERT_EQ(x.size(), 2);
  EXPECT_EQ(x[0].size(), 1194) << "with the name and its mark";
  for (const std::string& piece : pieces_of(repeated(kFamily, 10), 50)) {
    EXPECT_EQ(piece.size() % kFamily.size(), 0) << piece;
  }
}

TEST(Pieces, OfFourHundredAndFortyChineseLettersAreTwo) {
  EXPECT_EQ(pieces_of(repeated("\u6F22", 440), 1200).size(), 2);
}

TEST(Pieces, OfOneCharacterWithAPileOfMarksAreWholeCodePoints) {
  for (const std::string& piece : pieces_of("e" + repeated("\u0301", 100), 41)) {
    EXPECT_NE(static_cast<unsigned char>(piece.front()) & 0xC0U, 0x80U);
    EXPECT_LE(piece.size(), 35);
  }
}

RC_GTEST_PROP(PiecesProperty, FitAndLeaveOutNothingButBlanks, ()) {
  std::string text;
  const auto parts = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 8));
  for (const int part : parts) {
    constexpr std::array<std::string_view, 8> kParts{
        "a", " ", "\n", "word", "\u6F22", "\u0301", "\U0001F1EB\U0001F1F7", kFamily};
    text += kParts.at(static_cast<std::size_t>(part));
  }
  const auto most = *rc::gen::inRange<std::size_t>(24, 200);
  const auto kind = *rc::gen::element(chat::Kind::kText, chat::Kind::kAction);
  const auto without_blanks = [](std::string all) {
    std::erase_if(all, [](char c) { return c == ' ' || c == '\n'; });
    return all;
  };
  std::string joined;
  for (const std::string& piece : pieces({kind, "awa", text}, most)) {
    RC_ASSERT(chat::line_bytes({kind, "awa", piece}) <= most);
    RC_ASSERT(without_blanks(piece) != "" || piece == text);
    joined += piece;
  }
  RC_ASSERT(without_blanks(joined) == without_blanks(text));
}

}  // namespace
}  // namespace palabre::client
