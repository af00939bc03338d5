#include "link/quic/send_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <random>
#include <string>

namespace palabre::link {
namespace {

TEST(SendQueue, WritesEverythingOnceAndInOrderWhateverThePieces) {
  std::mt19937 random(7);
  const auto below = [&](std::size_t end) { return random() % end; };
  for (int round = 0; round < 200; ++round) {
    SendQueue queue;
    std::string pushed;
    std::string written;
    std::size_t acknowledged = 0;
    for (int step = 0; step < 300; ++step) {
      if (below(3) == 0) {
        const std::string text(below(20), static_cast<char>('a' + below(26)));
        queue.push(std::make_shared<const std::string>(text));
        pushed += text;
      }
      std::array<std::string_view, 3> pieces;
      std::string gathered;
      const std::size_t count = queue.gather(pieces);
      for (std::size_t i = 0; i < count; ++i) gathered += pieces[i];
      ASSERT_EQ(gathered.empty(), !queue.has_unwritten());
      ASSERT_EQ(gathered, pushed.substr(written.size(), gathered.size()));
      gathered.resize(below(gathered.size() + 1));
      queue.on_written(gathered.size());
      written += gathered;
      const std::size_t arrived = below(written.size() - acknowledged + 1);
      queue.on_acknowledged(arrived);
      acknowledged += arrived;
      ASSERT_EQ(queue.held(), pushed.size() - acknowledged);
    }
  }
}

TEST(SendQueue, LetsGoOfAChunkOnceItHasArrived) {
  SendQueue queue;
  const auto one = std::make_shared<const std::string>("one");
  const auto two = std::make_shared<const std::string>("two");
  queue.push(one);
  queue.push(two);
  queue.push(nullptr);
  queue.push(std::make_shared<const std::string>());
  queue.on_written(6);
  queue.on_acknowledged(2);
  EXPECT_EQ(one.use_count(), 2);
  queue.on_acknowledged(1);
  EXPECT_EQ(one.use_count(), 1);
  EXPECT_EQ(two.use_count(), 2);
  queue.on_acknowledged(3);
  EXPECT_EQ(two.use_count(), 1);
  EXPECT_EQ(queue.held(), 0U);
}

}  // namespace
}  // namespace palabre::link
