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

TEST_F(Columns, AreFilledRowByRow) {
  EXPECT_EQ(rows_down("", 10), 0);
  EXPECT_EQ(rows_down("0123456789", 10), 0);
  EXPECT_EQ(rows_down("0123456789a", 10), 1);
  EXPECT_EQ(rows_down("one\ntwo\n", 10), 2);
  EXPECT_EQ(rows_down("\u6F22\u6F22\u6F22", 5), 1) << "half of one has no room";
  EXPECT_EQ(rows_down("\x01\x01\x01", 5), 1) << "^A^A^A";
  EXPECT_EQ(rows_down("a\tb", 8), 1);
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
  EXPECT_EQ(with_hanging_indent("0123456789", 2), "0123456789") << "no window to read in";
}

}  // namespace
}  // namespace palabre::client
