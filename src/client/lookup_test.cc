#include "client/lookup.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <optional>

namespace palabre::client {
namespace {

using namespace std::chrono_literals;

TEST(Lookup, FindsAnAddressAndKeepsTheLoopRunningUntilThen) {
  boost::asio::io_context io;
  Lookup lookup(io);
  Lookup::Addresses found;
  lookup.start("127.0.0.1", 5000, [&](const auto& addresses) { found = addresses; });
  io.run();
  ASSERT_EQ(found.size(), 1);
  EXPECT_EQ(found[0], *Address::parse("127.0.0.1", 5000));
}

TEST(Lookup, IsGoneAtOnceThoughTheNameServerIsSilent) {
  const auto answer = std::make_shared<std::promise<void>>();
  const auto is_done = std::make_shared<std::promise<void>>();
  bool is_told = false;
  std::optional<boost::asio::io_context> io(std::in_place);
  {
    Lookup lookup(*io, [answer, is_done](const auto&, auto) {
      answer->get_future().wait();
      is_done->set_value_at_thread_exit();
      return Lookup::Addresses{};
    });
    lookup.start("chat.example", 5000, [&](const auto&) { is_told = true; });
    EXPECT_EQ(io->run_for(20ms), 0);
  }
  io->run();  // returns: no work is left
  io.reset();
  answer->set_value();
  ASSERT_EQ(is_done->get_future().wait_for(5s), std::future_status::ready);
  EXPECT_FALSE(is_told);
}

TEST(Lookup, ForgetsAQuestionForTheNextOne) {
  boost::asio::io_context io;
  Lookup lookup(io);
  int first = 0;
  int second = 0;
  lookup.start("127.0.0.1", 1, [&](const auto&) { ++first; });
  lookup.start("127.0.0.1", 2, [&](const auto&) { ++second; });
  io.run();
  EXPECT_EQ(first, 0);
  EXPECT_EQ(second, 1);
}

}  // namespace
}  // namespace palabre::client
