#include "wire/clean.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace palabre::wire {
namespace {

const std::string kReplaced = "\uFFFD";

/// UTF-8 of a code point, encoded here so that the filter is not tested against itself.
std::string utf8(char32_t c) {
  const auto byte = [](char32_t bits) { return static_cast<char>(bits); };
  if (c < 0x80) return {byte(c)};
  if (c < 0x800) return {byte(0xC0 | (c >> 6)), byte(0x80 | (c & 0x3F))};
  if (c < 0x10000) {
    return {byte(0xE0 | (c >> 12)), byte(0x80 | ((c >> 6) & 0x3F)), byte(0x80 | (c & 0x3F))};
  }
  return {byte(0xF0 | (c >> 18)), byte(0x80 | ((c >> 12) & 0x3F)), byte(0x80 | ((c >> 6) & 0x3F)),
          byte(0x80 | (c & 0x3F))};
}

TEST(Clean, TakesEveryByteAlone) {
  for (int value = 0; value < 256; ++value) {
    const char c = static_cast<char>(value);
    const Cleaned cleaned = clean({&c, 1});
    EXPECT_EQ(cleaned.was_utf8, value < 0x80) << value;
    if (value == '\r') {
      EXPECT_EQ(cleaned.text, "") << "CR at the end goes";
    } else if (value == '\t' || value == '\n' || (value >= 0x20 && value < 0x7F)) {
      EXPECT_EQ(cleaned.text, std::string(1, c)) << value;
    } else {
      EXPECT_EQ(cleaned.text, kReplaced) << value;
    }
  }
}

TEST(Clean, TakesEveryCodePoint) {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF) {
      ASSERT_FALSE(clean(utf8(c)).was_utf8) << std::hex << static_cast<unsigned>(c);
      continue;
    }
    const bool control = (c < 0x20 && c != '\t' && c != '\n') || (c >= 0x7F && c <= 0x9F);
    const bool bidi = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
    const bool separator = c == 0x2028 || c == 0x2029;
    const std::string expected = control ? kReplaced : bidi ? "" : separator ? "\n" : utf8(c);
    const Cleaned cleaned = clean("a" + utf8(c) + "b");
    ASSERT_TRUE(cleaned.was_utf8) << std::hex << static_cast<unsigned>(c);
    ASSERT_EQ(cleaned.text, "a" + expected + "b") << std::hex << static_cast<unsigned>(c);
  }
}

TEST(Clean, KeepsWhatEmojiAndRightToLeftTextLiveOn) {
  const std::string family = "\U0001F468\u200D\U0001F469\u200D\U0001F467";
  const std::string hebrew = "\u05E9\u05DC\u05D5\u05DD\u200F!\u200E \u200C";
  EXPECT_EQ(clean(family).text, family);
  EXPECT_EQ(clean(hebrew).text, hebrew);
}

TEST(Clean, TakesCarriageReturnsBeforeNewlinesAway) {
  EXPECT_EQ(clean("a\r\nb\r\n").text, "a\nb\n");
  EXPECT_EQ(clean("a\r").text, "a");
  EXPECT_EQ(clean("over\rwrite").text, "over" + kReplaced + "write");
  EXPECT_EQ(clean("a\r\r\n").text, "a" + kReplaced + "\n");
}

TEST(Clean, MakesTerminalEscapesHarmless) {
  EXPECT_EQ(clean("\x1b[2J\x1b]0;title\x07").text,
            kReplaced + "[2J" + kReplaced + "]0;title" + kReplaced);
  EXPECT_EQ(clean("\u009B2J").text, kReplaced + "2J") << "CSI as one C1 character";
}

TEST(Clean, ReplacesEachMaximalPartOfWhatIsNotUtf8) {
  EXPECT_EQ(clean("a\xC3").text, "a" + kReplaced) << "cut";
  EXPECT_EQ(clean("\xE2\x82z").text, kReplaced + "z") << "cut in the middle";
  EXPECT_EQ(clean("\xC0\x80").text, kReplaced + kReplaced) << "overlong";
  EXPECT_EQ(clean("\xF4\x90\x80\x80").text, kReplaced + kReplaced + kReplaced + kReplaced);
  EXPECT_EQ(clean("caf\xE9 cr\xE8me").text, "caf" + kReplaced + " cr" + kReplaced + "me");
}

TEST(IndentContinuations, LeavesNoLineButTheFirstAtTheMargin) {
  EXPECT_EQ(indent_continuations("a"), "a");
  EXPECT_EQ(indent_continuations("a\nb\n\nc"), "a\n  b\n  \n  c");
}

RC_GTEST_PROP(CleanProperty, IsIdempotentWhateverComes, (const std::string& bytes)) {
  const std::string once = clean(bytes).text;
  const Cleaned twice = clean(once);
  RC_ASSERT(twice.was_utf8);
  RC_ASSERT(twice.text == once);
}

RC_GTEST_PROP(CleanProperty, LetsNoControlCharacterThrough, ()) {
  const auto bytes = *rc::gen::container<std::string>(
      rc::gen::map(rc::gen::inRange(0, 256), [](int value) { return static_cast<char>(value); }));
  for (const char c : clean(bytes).text) {
    const auto byte = static_cast<unsigned char>(c);
    RC_ASSERT((byte >= 0x20 && byte != 0x7F) || c == '\n' || c == '\t');
  }
}

TEST(CleanLine, IsOneLineWithoutBlanksAtItsEnds) {
  EXPECT_EQ(clean_line(" a\n\tb "), "a  b");
  EXPECT_EQ(clean_line("a\x1b"), "a\uFFFD");
  EXPECT_EQ(clean_line("a" + std::string(40, ' ') + "b"), "a        b");
  for (const char* nothing : {"", " \t\n", "\u3000", "\u200D\u200D", "\u00AD"}) {
    EXPECT_EQ(clean_line(nothing), "") << nothing;
  }
}

TEST(CleanLine, KnowsLettersFromRightToLeft) {
  EXPECT_TRUE(has_right_to_left("a \u05D0"));
  EXPECT_TRUE(has_right_to_left("\u0627"));
  EXPECT_FALSE(has_right_to_left("a 1 \u6F22 \u00E9"));
}

}  // namespace
}  // namespace palabre::wire
