#include "client/blocking_output.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>
#include <thread>

namespace palabre::client {
namespace {

TEST(BlockingOutput, WaitsWhereAnotherProcessHasMadeItNonBlocking) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_NONBLOCK), 0);
  ASSERT_EQ(::fcntl(ends[0], F_SETFL, 0), 0);
  std::string read;
  std::thread reader([&] {
    std::array<char, 1000> buffer{};
    for (ssize_t count = 1; count > 0; count = ::read(ends[0], buffer.data(), buffer.size())) {
      if (buffer[0] != 0) read.append(buffer.data(), static_cast<std::size_t>(count));
    }
  });
  const std::string text(1'000'000, 'x');  // much more than a pipe holds
  {
    const auto output = open_blocking_output(ends[1]);
    EXPECT_EQ(std::fwrite(text.data(), 1, text.size(), output.get()), text.size());
    EXPECT_EQ(std::fflush(output.get()), 0);
  }
  ::close(ends[1]);
  reader.join();
  ::close(ends[0]);
  EXPECT_EQ(read, text);
}

TEST(BlockingOutput, SaysThatItCannotBeWritten) {
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  const auto output = open_blocking_output(full);
  std::fputs("lost", output.get());
  EXPECT_NE(std::fflush(output.get()), 0);
  ::close(full);
}

}  // namespace
}  // namespace palabre::client
