#include "net/feed.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>
#include <map>
#include <string>
#include <vector>

#include "net/socket_test_driver.h"

namespace palabre::net {
namespace {

class FeedTest : public testing::Test {
 protected:
  void read(std::uint64_t session) {
    feed.add_reader({session}, path(static_cast<std::uint16_t>(session)));
  }
  void push(std::uint64_t author, std::string line) {
    feed.push({feed.end().value + 1}, {author}, std::move(line));
  }

  Feed feed{{0}, {.tail_bytes = 4000, .batch = 3}};
  NarrowSocket socket;
};

TEST_F(FeedTest, SendsALineToEverybodyButItsAuthor) {
  for (const std::uint64_t session : {1, 2, 3}) read(session);
  push(1, "a\n");
  EXPECT_TRUE(feed.deliver(socket));
  EXPECT_TRUE(socket.received[1].empty());
  EXPECT_EQ(socket.received[2], Datagrams{"a\n"});
  EXPECT_EQ(socket.received[3], Datagrams{"a\n"});
  EXPECT_TRUE(feed.deliver(socket));
  EXPECT_EQ(socket.received[2].size(), 1U) << "nothing is sent twice";
}

TEST_F(FeedTest, ShowsAReaderNothingOfThePast) {
  read(1);
  push(1, "before\n");
  read(2);
  push(1, "after\n");
  feed.deliver(socket);
  EXPECT_EQ(socket.received[2], Datagrams{"after\n"});
}

TEST_F(FeedTest, PacksWhatIsDueIntoOneDatagramAndLeavesEachAuthorItsOwnOut) {
  for (const std::uint64_t session : {1, 2, 3}) read(session);
  push(1, "a\n");
  push(2, "b\n");
  push(1, "c\n");
  feed.deliver(socket);
  EXPECT_EQ(socket.received[1], Datagrams{"b\n"});
  EXPECT_EQ(socket.received[2], Datagrams{"a\nc\n"});
  EXPECT_EQ(socket.received[3], Datagrams{"a\nb\nc\n"});
}

TEST_F(FeedTest, FillsDatagramsUpTo1200BytesAndNotOneMore) {
  read(1);
  push(2, std::string(599, 'a') + "\n");
  push(2, std::string(599, 'b') + "\n");
  push(2, "c\n");
  feed.deliver(socket);
  ASSERT_EQ(socket.received[1].size(), 2U);
  EXPECT_EQ(socket.received[1][0].size(), 1200U);
  EXPECT_EQ(socket.received[1][1], "c\n");
}

TEST_F(FeedTest, GoesOnWhereTheSocketHadNoRoom) {
  for (std::uint64_t session = 1; session <= 9; ++session) read(session);
  push(1, "a\n");
  socket.room = 3;
  EXPECT_FALSE(feed.deliver(socket));
  push(2, "b\n");
  while (!feed.deliver(socket)) socket.room = 2;
  for (std::uint16_t session = 1; session <= 9; ++session) {
    std::string all;
    for (const std::string& datagram : socket.received[session]) all += datagram;
    EXPECT_EQ(all, session == 1 ? "b\n" : session == 2 ? "a\n" : "a\nb\n") << session;
  }
}

TEST_F(FeedTest, TellsAReaderThatIsTooSlowWhatItHasLost) {
  read(1);
  socket.room = 0;
  for (int i = 0; i < 10; ++i) {
    push(2, std::string(999, 'a') + "\n");
    EXPECT_FALSE(feed.deliver(socket));
  }
  socket.room = 100;
  EXPECT_TRUE(feed.deliver(socket));
  const Datagrams& got = socket.received[1];
  ASSERT_EQ(got.size(), 4U);
  EXPECT_TRUE(got[0].starts_with("-- Messages 1 to 6 are lost to you")) << got[0];
  EXPECT_TRUE(got[0].ends_with("a\n")) << "the first line that is left shares its datagram";
}

TEST_F(FeedTest, GivesWhoLeavesWhatWasDueToIt) {
  for (const std::uint64_t session : {1, 2, 3}) read(session);
  push(1, "a\n");
  EXPECT_EQ(feed.remove_reader({2}).datagrams, Datagrams{"a\n"});
  EXPECT_TRUE(feed.remove_reader({1}).datagrams.empty());
  feed.deliver(socket);
  EXPECT_TRUE(socket.received[2].empty());
  EXPECT_EQ(socket.received[3], Datagrams{"a\n"});
  EXPECT_EQ(feed.readers(), 1U);
}

// Readers, lines and a socket that blocks at any moment: in the end everybody has had every line
// but its own, in order.
RC_GTEST_PROP(FeedProperty, LosesNothingHoweverOftenTheSocketHasNoRoom, ()) {
  Feed feed({0}, {.tail_bytes = 1 << 20, .batch = *rc::gen::inRange<std::size_t>(1, 4)});
  NarrowSocket socket;
  const auto readers = *rc::gen::inRange<std::uint64_t>(1, 12);
  for (std::uint64_t reader = 1; reader <= readers; ++reader) {
    feed.add_reader({reader}, path(static_cast<std::uint16_t>(reader)));
  }
  std::map<std::uint64_t, std::string> expected;
  const auto steps = *rc::gen::container<std::vector<std::pair<std::uint64_t, std::size_t>>>(
      rc::gen::pair(rc::gen::inRange<std::uint64_t>(0, 14), rc::gen::inRange<std::size_t>(0, 20)));
  for (const auto& [author, room] : steps) {
    const std::string line = "line " + std::to_string(feed.end().value + 1) + "\n";
    for (std::uint64_t reader = 1; reader <= readers; ++reader) {
      if (reader != author) expected[reader] += line;
    }
    feed.push({feed.end().value + 1}, {author}, line);
    socket.room = room;
    feed.deliver(socket);
  }
  socket.room = std::numeric_limits<std::size_t>::max();
  RC_ASSERT(feed.deliver(socket));
  for (std::uint64_t reader = 1; reader <= readers; ++reader) {
    std::string all;
    for (const std::string& datagram : socket.received[static_cast<std::uint16_t>(reader)]) {
      all += datagram;
    }
    RC_ASSERT(all == expected[reader]);
  }
}

TEST_F(FeedTest, FollowsAReaderToItsNewPath) {
  read(1);
  feed.set_path({1}, path(77));
  push(2, "a\n");
  feed.deliver(socket);
  EXPECT_EQ(socket.received[77], Datagrams{"a\n"});
}

}  // namespace
}  // namespace palabre::net
