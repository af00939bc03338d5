#include "client/chat/terminal.h"

#include <gtest/gtest.h>

#include <clocale>

namespace palabre::client {
namespace {

class Columns : public testing::Test {
 protected:
  void SetUp() override {
    if (std::setlocale(LC_CTYPE, "C.UTF-8") == nullptr) GTEST_SKIP() << "there is no C.UTF-8";
  }
  void TearDown() override { std::setlocale(LC_CTYPE, "C"); }
};

TEST_F(Columns, CountWhatIsSeen) {
  EXPECT_EQ(columns_of("abc"), 3);
  EXPECT_EQ(columns_of("é…"), 2);
  EXPECT_EQ(columns_of("\x1b[2mab\x1b[0m"), 2);
  EXPECT_EQ(columns_of("\u6F22\u5B57"), 4) << "wide ones take two";
  EXPECT_EQ(columns_of("\xff"), 1) << "what is no UTF-8 is still something";
}

TEST_F(Columns, FitAsMuchAsThereAre) {
  EXPECT_EQ(fitting("abcdef", 3), "abc");
  EXPECT_EQ(fitting("\x1b[2mabcdef\x1b[0m", 3), "\x1b[2mabc\x1b[0m") << "colours end";
  EXPECT_EQ(fitting("a\u6F22\u5B57", 4), "a\u6F22");
  EXPECT_EQ(fitting("abc", 10), "abc");
}

TEST_F(Columns, AreAsManyAsTheWidestTerminalTakes) {
  const std::string family = "\U0001F468\u200D\U0001F469\u200D\U0001F467";
  EXPECT_EQ(columns_of(family), 6) << "joined to one on some, one beside the other on others";
  EXPECT_EQ(columns_of("\u2764\uFE0F"), 2);
  EXPECT_EQ(columns_of("\u2764"), 1);
  EXPECT_EQ(columns_of("1\uFE0F\u20E3"), 2);
  EXPECT_EQ(columns_of("\U0001F1EB\U0001F1F7"), 4);
  EXPECT_EQ(columns_of("e\u0301"), 1);
  EXPECT_EQ(least_columns_of("a" + family + "b\x1b[0m"), 2);
  EXPECT_EQ(fitting("ab" + family, 7), "ab") << "none is taken apart";
}

TEST_F(Columns, LeaveTheMarginToTheFirstRow) {
  EXPECT_EQ(with_hanging_indent("0123456789", 10), "0123456789");
  EXPECT_EQ(with_hanging_indent("0123456789ab", 10), "0123456789\n  ab");
  EXPECT_EQ(with_hanging_indent("0123456789abcdefghijk", 10), "0123456789\n  abcdefgh\n  ijk");
  EXPECT_EQ(with_hanging_indent("one\n  two", 10), "one\n  two");
  EXPECT_EQ(with_hanging_indent("a:       11:31 #2", 9), "a:       \n  11:31 #\n  2");
  EXPECT_EQ(with_hanging_indent("\x1b[2m0123456789\x1b[0m", 10), "\x1b[2m0123456789\x1b[0m");
  EXPECT_EQ(with_hanging_indent("12345678\u6F22\u6F22", 9), "12345678\n  \u6F22\u6F22");
  EXPECT_EQ(with_hanging_indent("a\tb", 8), "a       \n  b");
  EXPECT_EQ(with_hanging_indent("12345678\u2764\uFE0Fx", 9), "12345678\n  \u2764\uFE0Fx")
      << "some terminals draw it in two columns";
  EXPECT_EQ(with_hanging_indent("1234\U0001F468\u200D\U0001F469\u200D\U0001F467", 9),
            "1234\n  \U0001F468\u200D\U0001F469\u200D\U0001F467")
      << "none is taken apart";
  EXPECT_EQ(with_hanging_indent("0123456789", 2), "0123456789") << "no window to read in";
}

}  // namespace
}  // namespace palabre::client
