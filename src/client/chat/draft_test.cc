#include "client/chat/draft.h"

#include <gtest/gtest.h>

#include <clocale>
#include <string>
#include <utility>

#include "client/chat/graphemes.h"

namespace palabre::client {
namespace {

constexpr std::string_view kFamily = "\U0001F468\u200D\U0001F469\u200D\U0001F467";

class DraftRows : public testing::Test {
 protected:
  void SetUp() override {
    if (std::setlocale(LC_CTYPE, "C.UTF-8") == nullptr) GTEST_SKIP() << "there is no C.UTF-8";
  }
  void TearDown() override { std::setlocale(LC_CTYPE, "C"); }

  static Draft of(std::string_view typed, std::size_t point, std::size_t most_rows = 24) {
    return lay_out("> ", typed, point, 10, most_rows);
  }
};

TEST_F(DraftRows, EndWhereTheyAreToldTo) {
  EXPECT_EQ(of("", 0).text(), "> ");
  EXPECT_EQ(of("abcdefgh", 0).text(), "> abcdefgh");
  EXPECT_EQ(of("abcdefghi", 9).text(), "> abcdefgh\r\n  i");
  EXPECT_EQ(of("one\ntwo", 7).text(), "> one\r\n  two");
  EXPECT_EQ(of("abcdefg\u6F22", 0).text(), "> abcdefg\r\n  \u6F22") << "half of one has no room";
  EXPECT_EQ(of("a\tb", 0).text(), "> a     b");
  EXPECT_EQ(of("\x01\x7F\xFF\u009B", 0).text(), "> ^A^?\uFFFD\uFFFD") << "no control gets through";
}

TEST_F(DraftRows, TellTheCursorItsColumnWhereTerminalsDisagree) {
  const std::string family(kFamily);
  EXPECT_EQ(of(family + "x", 0).text(), "> " + family + "\x1b[9Gx");
  EXPECT_EQ(of("abc" + family, 0).text(), "> abc\r\n  " + family + "\x1b[9G")
      << "on some it has no room";
  EXPECT_EQ(of("\u2764\uFE0Fx", 0).text(), "> \u2764\uFE0F\x1b[5Gx");
  EXPECT_EQ(of("\U0001F1EB\U0001F1F7x", 0).text(), "> \U0001F1EB\U0001F1F7\x1b[7Gx");
}

TEST_F(DraftRows, HaveTheCursorWhereItsByteIs) {
  using Place = std::pair<std::size_t, std::size_t>;
  const auto cursor = [](const Draft& draft) {
    return Place(draft.cursor_row, draft.cursor_column);
  };
  EXPECT_EQ(cursor(of("abcdefghi", 0)), Place(0, 2));
  EXPECT_EQ(cursor(of("abcdefghi", 8)), Place(1, 2));
  EXPECT_EQ(cursor(of("abcdefghi", 9)), Place(1, 3));
  EXPECT_EQ(cursor(of("abcdefgh", 8)), Place(1, 2)) << "never at the edge";
  EXPECT_EQ(of("abcdefgh", 8).text(), "> abcdefgh\r\n  ");
  EXPECT_EQ(cursor(of("one\ntwo", 3)), Place(0, 5));
  EXPECT_EQ(cursor(of("one\ntwo", 4)), Place(1, 2));
  EXPECT_EQ(cursor(of(std::string(kFamily) + "x", 7)), Place(0, 4)) << "inside of one";
  EXPECT_EQ(of("abcdefghi", 8).way_to_cursor(), "\x1b[3G");
  EXPECT_EQ(of("abcdefghi", 0).way_to_cursor(), "\x1b[1A\x1b[3G");
  EXPECT_EQ(of("abcdefghi", 9).way_to_cursor(), "");
}

TEST_F(DraftRows, AreThoseAboutTheCursorWhereTheScreenHasNoRoom) {
  EXPECT_EQ(of("1\n2\n3\n4", 7, 2).text(), "  3\r\n  4");
  EXPECT_EQ(of("1\n2\n3\n4", 3, 2).text(), "  2\r\n  3");
  EXPECT_EQ(of("1\n2\n3\n4", 3, 2).cursor_row, 0);
  EXPECT_EQ(of("1\n2\n3\n4", 7, 2).cursor_row, 1);
}

TEST_F(DraftRows, AreOneWhereNobodyCanReadAnything) {
  EXPECT_EQ(lay_out("> ", "abcdefghi", 9, 4, 24).text(), "> abcdefghi");
}

TEST_F(DraftRows, KnowHowManyColumnsTheyTakeAtTheLeast) {
  EXPECT_EQ(of("abc", 3).rows[0].columns, 5);
  EXPECT_EQ(of("abc  ", 3).rows[0].columns, 5) << "some terminals forget blanks at the end";
  EXPECT_EQ(of("a" + std::string(kFamily), 0).rows[0].columns, 3);
  EXPECT_EQ(of(std::string(kFamily) + "a", 0).rows[0].columns, 9);
}

}  // namespace
}  // namespace palabre::client
