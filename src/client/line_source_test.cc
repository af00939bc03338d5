#include "client/line_source.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <fstream>
#include <string>
#include <vector>

#include "drivers/temporary_folder.h"

namespace palabre::client {
namespace {

using namespace std::chrono_literals;

struct Reader {
  explicit Reader(int descriptor)
      : source(io, descriptor,
               {[this](std::string line) {
                  lines.push_back(std::move(line));
                  return lines.size() % pause_after != 0;
                },
                [this] { is_at_end = true; },
                [this](const Error& error) { failure = error.sentence; }}) {
    source.resume();
  }
  void run() {
    for (int i = 0; i < 100 && io.run_one_for(10ms) > 0; ++i) {
    }
    io.restart();
  }

  boost::asio::io_context io;
  std::vector<std::string> lines;
  std::size_t pause_after = 1'000'000;
  bool is_at_end = false;
  std::string failure;
  LineSource source;
};

using Lines = std::vector<std::string>;

TEST(LineSource, GivesTheLinesOfAFileAndItsEnd) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "lines") << "one\n\ntwo\nno end";
  const int file = ::open((folder.path() / "lines").c_str(), O_RDONLY);
  Reader reader(file);
  ::close(file);
  reader.run();
  EXPECT_EQ(reader.lines, (Lines{"one", "", "two", "no end"}));
  EXPECT_TRUE(reader.is_at_end);
}

TEST(LineSource, GivesThoseOfAPipeAsTheyCome) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  Reader reader(ends[0]);
  ASSERT_EQ(::write(ends[1], "one\ntw", 6), 6);
  reader.run();
  EXPECT_EQ(reader.lines, (Lines{"one"}));
  ASSERT_EQ(::write(ends[1], "o\n", 2), 2);
  reader.run();
  EXPECT_EQ(reader.lines, (Lines{"one", "two"}));
  EXPECT_FALSE(reader.is_at_end);
  ::close(ends[1]);
  reader.run();
  EXPECT_TRUE(reader.is_at_end);
  ::close(ends[0]);
}

TEST(LineSource, GivesNoMoreThanAreWanted) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  Reader reader(ends[0]);
  reader.pause_after = 2;
  ASSERT_EQ(::write(ends[1], "1\n2\n3\n", 6), 6);
  ::close(ends[1]);
  reader.run();
  EXPECT_EQ(reader.lines, (Lines{"1", "2"}));
  reader.source.resume();
  reader.run();
  EXPECT_EQ(reader.lines, (Lines{"1", "2", "3"}));
  EXPECT_TRUE(reader.is_at_end);
  ::close(ends[0]);
}

TEST(LineSource, LeavesTheFlagsOfWhatItReadsAlone) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  Reader reader(ends[0]);
  ASSERT_EQ(::write(ends[1], "one\n", 4), 4);
  reader.run();
  EXPECT_EQ(reader.lines, (Lines{"one"}));
  EXPECT_EQ(::fcntl(ends[0], F_GETFL) & O_NONBLOCK, 0);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(LineSource, FindsTheEndOfWhatNobodyCanWaitFor) {
  const int nothing = ::open("/dev/null", O_RDONLY);
  Reader reader(nothing);
  ::close(nothing);
  reader.run();
  EXPECT_TRUE(reader.is_at_end);
  EXPECT_TRUE(reader.lines.empty());
}

TEST(LineSource, TellsAnErrorFromAnEnd) {
  const TemporaryFolder folder;
  const int unreadable = ::open(folder.path().c_str(), O_RDONLY);
  Reader reader(unreadable);
  ::close(unreadable);
  reader.run();
  EXPECT_NE(reader.failure.find("Is a directory"), std::string::npos) << reader.failure;
  EXPECT_FALSE(reader.is_at_end);
}

TEST(LineSource, HoldsNoMoreThanALine) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "lines") << std::string(300'000, 'x') << "\nshort\n";
  const int file = ::open((folder.path() / "lines").c_str(), O_RDONLY);
  Reader reader(file);
  ::close(file);
  reader.run();
  ASSERT_EQ(reader.lines.size(), 2);
  EXPECT_EQ(reader.lines[0].size(), LineSource::kMostLineBytes);
  EXPECT_EQ(reader.lines[1], "short");
}

}  // namespace
}  // namespace palabre::client
