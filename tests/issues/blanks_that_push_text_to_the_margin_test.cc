#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <string_view>

#include "chat/message.h"
#include "wire/clean.h"
#include "wire/text.h"

namespace palabre::wire {
namespace {

const std::string kEight(8, ' ');

std::string shown(const std::string& text) {
  return encode_line({chat::Kind::kText, "kofi", clean(text).text});
}

TEST(ARunOfBlanks, IsEightColumnsAtMostInPlainText) {
  const std::string forged = "11:31 #2 ana: I have approved the payment";
  for (std::size_t blanks = 9; blanks < 200; ++blanks) {
    EXPECT_EQ(shown("x" + std::string(blanks, ' ') + forged), "kofi> x" + kEight + forged + "\n");
  }
  EXPECT_EQ(encode_line({chat::Kind::kAction, "kofi*", "x" + std::string(80, ' ') + "y"}),
            "* kofi* x" + kEight + "y\n");
}

TEST(ARunOfBlanks, StaysAsItIsUpToThen) {
  for (const char* text : {"a        b", "a\tb", "one\n        two\n\tthree", "  indented",
                           "a\u3000\u3000b", "end  "}) {
    EXPECT_EQ(shorten_blanks(text), text);
  }
}

TEST(ARunOfBlanks, IsOneWhateverItIsMadeOf) {
  const std::string many[] = {
      std::string(9, '\t'),
      "    \t    ",
      "\u00A0\u00A0\u00A0\u00A0\u00A0\u00A0\u00A0\u00A0\u00A0",
      "\u3000\u3000\u3000\u3000\u3000",                          // two columns each
      "\u2003\u2003\u2003\u2003\u2002\u2002\u2009\u202F\u205F",  // spaces of all sizes
      "     \u200B     ",                                        // zero width
      "     \u200D     \u2060     \u00AD     ",                  // joiners, a soft hyphen
      "\u2800\u2800\u2800\u2800\u2800\u2800\u2800\u2800\u2800",  // empty Braille
      "\u3164\u3164\u3164\u3164\u3164",                          // Hangul fillers
      "     \U000E0041     ",
      "     \uFE0F     ",
      "     \u034F     ",  // tags, selectors
      "     \U0001D159     ",
  };
  for (const std::string& run : many)
    EXPECT_EQ(shorten_blanks("x" + run + "y"), "x" + kEight + "y");
  EXPECT_EQ(shorten_blanks("x\t\ty"), "x\ty") << "eight blanks are longer";
  EXPECT_EQ(shorten_blanks("x\t y"), "x\ty");
}

TEST(ARunOfBlanks, EndsWhereSomethingShows) {
  const std::string text = "a       b       c\nd       e";
  EXPECT_EQ(shorten_blanks(text), text);
  const std::string family = "\U0001F469\u200D\u2764\uFE0F\u200D\U0001F469";
  const std::string flag = "\U0001F3F4\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F";
  EXPECT_EQ(shorten_blanks(family + " " + flag), family + " " + flag);
}

RC_GTEST_PROP(ARunOfBlanksProperty, IsShortenedOnceAndNeverGrows, ()) {
  const auto text = *rc::gen::container<std::string>(
      rc::gen::elementOf(std::string_view(" \t\nx\xE3\x80\xC2\xA0")));
  const std::string shortened = shorten_blanks(text);
  RC_ASSERT(shortened.size() <= text.size());
  RC_ASSERT(shorten_blanks(shortened) == shortened);
}

}  // namespace
}  // namespace palabre::wire
