#include "app/serve/log_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <optional>
#include <string>
#include <utility>

namespace palabre::app {
namespace {

class LogWriterTest : public testing::Test {
 protected:
  LogWriterTest() {
    EXPECT_EQ(::pipe2(ends_.data(), O_CLOEXEC), 0);
    writer_.emplace(ends_[1], [](std::uint64_t lost) { return std::to_string(lost) + " lost\n"; });
  }
  ~LogWriterTest() override {
    writer_.reset();
    close_ends();
  }
  void close_ends() {
    for (int& end : ends_) {
      if (end >= 0) ::close(std::exchange(end, -1));
    }
  }
  std::string read_line() const {
    std::string line;
    for (char next = 0; ::read(ends_[0], &next, 1) == 1 && next != '\n';) line += next;
    return line;
  }

  std::array<int, 2> ends_{-1, -1};
  std::optional<LogWriter> writer_;
};

TEST_F(LogWriterTest, WritesAtOnceUntilItIsStarted) {
  writer_->write("one\n");
  EXPECT_EQ(read_line(), "one");
}

TEST_F(LogWriterTest, SaysHowManyLinesWereLost) {
  writer_->start();
  const std::string line(1023, 'x');
  const std::size_t count = 4 * LogWriter::kMostBytes / 1024;
  for (std::size_t i = 0; i < count; ++i) writer_->write(line + "\n");
  std::size_t kept = 0;
  std::size_t lost = 0;
  while (kept + lost < count) {
    const std::string one = read_line();
    if (one == line) {
      ++kept;
    } else {
      ASSERT_TRUE(one.ends_with(" lost")) << one;
      lost += std::stoul(one);
    }
  }
  EXPECT_EQ(kept + lost, count);
  EXPECT_GE(kept, LogWriter::kMostBytes / 1024);
  EXPECT_GT(lost, 0U);
  writer_->write("and on\n");
  EXPECT_EQ(read_line(), "and on");
}

TEST_F(LogWriterTest, WaitsHalfASecondAtItsEndForAReader) {
  writer_->start();
  for (int i = 0; i < 200; ++i) writer_->write(std::string(1023, 'x') + "\n");
  const auto began = std::chrono::steady_clock::now();
  writer_.reset();
  const auto took = std::chrono::steady_clock::now() - began;
  EXPECT_GE(took, std::chrono::milliseconds(400));
  EXPECT_LT(took, std::chrono::seconds(2));
  ends_ = {-1, -1};  // its thread stays blocked until the process ends
}

TEST_F(LogWriterTest, WritesWhatWaitsBeforeItsEnd) {
  writer_->start();
  for (int i = 0; i < 20; ++i) writer_->write("line\n");
  writer_->write("last\n");
  writer_.reset();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(read_line(), "line");
  EXPECT_EQ(read_line(), "last");
}

TEST_F(LogWriterTest, GoesOnWithoutAReader) {
  std::signal(SIGPIPE, SIG_IGN);
  writer_->start();
  ::close(std::exchange(ends_[0], -1));
  for (int i = 0; i < 200; ++i) writer_->write(std::string(1023, 'x') + "\n");
}

}  // namespace
}  // namespace palabre::app
