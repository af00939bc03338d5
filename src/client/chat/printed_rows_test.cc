#include "client/chat/printed_rows.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace palabre::client {
namespace {

/// A screen of a few rows, and everything that was ever on it.
class Screen {
 public:
  explicit Screen(std::size_t rows, std::size_t top) : rows_(rows), all_(top), at_(top) {}

  void put(const std::string& text) {
    for (const char c : text) {
      if (at_ == all_.size()) all_.emplace_back();
      if (c == '\n') {
        ++at_;
      } else {
        all_[at_] += c;
      }
    }
    if (at_ == all_.size()) all_.emplace_back();
  }
  /// `ESC [ n A`, `\r`, `ESC [ J`: the cursor stops at the top of the screen.
  void wipe_from(std::size_t up) {
    const std::size_t top = lowest_ - std::min(lowest_, rows_ - 1);
    at_ = std::max(at_ - std::min(at_, up), top);
    all_.resize(at_ + 1);
    all_[at_].clear();
  }
  /// Ends a row of the bottom: the screen scrolls where it has no more rows.
  void see() { lowest_ = std::max(lowest_, at_); }
  const std::vector<std::string>& all() const { return all_; }

 private:
  std::size_t rows_;
  std::vector<std::string> all_;
  std::size_t at_;
  std::size_t lowest_ = 0;
};

TEST(PrintedRows, ReplaceALineAndRepeatThoseAfterIt) {
  PrintedRows printed;
  printed.add(1, "one");
  printed.add(2, "two\n  more of it");
  printed.add(0, "-- a notice");
  printed.draw_bottom(1, 24);
  const auto redraw = printed.replace(2, "(removed)");
  ASSERT_TRUE(redraw);
  EXPECT_EQ(redraw->up, 3U);
  EXPECT_EQ(redraw->rows, "(removed)\n-- a notice\n");
  EXPECT_EQ(printed.replace(1, "x")->up, 3U) << "the line before it is nearer now";
}

TEST(PrintedRows, ReplaceNothingThatMayHaveLeftTheScreen) {
  PrintedRows printed;
  for (std::uint64_t id = 1; id <= 30; ++id) printed.add(id, "line");
  printed.draw_bottom(2, 10);
  EXPECT_FALSE(printed.replace(22, "x"));
  EXPECT_TRUE(printed.replace(23, "x"));
  printed.draw_bottom(9, 10);  // a long draft has moved the rest up
  printed.draw_bottom(1, 10);
  EXPECT_FALSE(printed.replace(29, "x"));
  EXPECT_TRUE(printed.replace(30, "x"));
  printed.forget();
  EXPECT_FALSE(printed.replace(30, "x"));
  EXPECT_FALSE(printed.replace(0, "x"));
}

TEST(PrintedRows, LeaveEveryOtherLineAsItIs) {
  constexpr std::size_t kRows = 12;
  std::mt19937_64 random(3);
  for (int run = 0; run < 300; ++run) {
    Screen screen(kRows, random() % kRows);
    PrintedRows printed;
    std::vector<std::string> lines;  // the model; one or two rows each
    std::size_t bottom = 1;
    std::uint64_t replaced = 0;
    const std::size_t before = screen.all().size();
    const auto draw = [&](std::size_t rows) {
      bottom = rows;
      for (std::size_t i = 0; i < rows; ++i) screen.put(i + 1 == rows ? "> " : "…\n");
      screen.see();
      printed.draw_bottom(rows, kRows);
    };
    const auto wipe = [&] { screen.wipe_from(bottom - 1); };
    draw(1);
    for (int step = 0; step < 60; ++step) {
      const std::uint64_t id = 1 + random() % (lines.size() + 1);
      if (id > lines.size() || random() % 3 != 0) {
        lines.push_back(
            fmt::format("line {}{}", lines.size() + 1, random() % 3 == 0 ? "\n  +" : ""));
        wipe();
        screen.put(lines.back() + "\n");
        screen.see();
        printed.add(lines.size(), lines.back());
      } else if (const auto redraw = printed.replace(id, "(removed)")) {
        ++replaced;
        lines[id - 1] = "(removed)";
        wipe();
        screen.wipe_from(redraw->up);
        screen.put(redraw->rows);
        screen.see();
      } else {
        wipe();
      }
      draw(1 + random() % 5);
    }
    std::string all;
    for (std::size_t i = before == 0 ? 0 : before; i < screen.all().size(); ++i) {
      all += screen.all()[i] + "\n";
    }
    std::string wanted;
    for (const std::string& line : lines) wanted += line + "\n";
    EXPECT_EQ(all.substr(0, wanted.size()), wanted);
    EXPECT_GT(replaced, 0U);
  }
}

}  // namespace
}  // namespace palabre::client
