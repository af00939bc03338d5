#include "net/feed.h"

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <string>
#include <vector>

namespace palabre::net {
namespace {

using Datagrams = std::vector<std::string>;

/// Takes as many datagrams as it has room for, by the port they go to.
class NarrowSocket final : public DatagramSocket {
 public:
  std::span<const Inbound> receive() override { return {}; }
  std::size_t send(std::span<const Outbound> datagrams) override {
    std::size_t sent = 0;
    for (; sent < datagrams.size() && room > 0; ++sent, --room) {
      std::string& bytes = received[datagrams[sent].path->peer.port()].emplace_back();
      for (const iovec& part : datagrams[sent].parts) {
        bytes.append(static_cast<const char*>(part.iov_base), part.iov_len);
      }
    }
    return sent;
  }

  std::size_t room = std::numeric_limits<std::size_t>::max();
  std::map<std::uint16_t, Datagrams> received;
};

Path path(std::uint16_t port) { return {*Address::parse("10.0.0.1", port), {}}; }

class FeedTest : public testing::Test {
 protected:
  void read(std::uint64_t session) {
    feed.add_reader({session}, path(static_cast<std::uint16_t>(session)));
  }
  void push(std::uint64_t author, std::string line) {
    feed.push({feed.end().number.value + 1}, {author}, std::move(line));
  }

  Feed feed{chat::Cursor{{1}, {0}}, 4000};
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
  EXPECT_EQ(feed.remove_reader({2}), Datagrams{"a\n"});
  EXPECT_TRUE(feed.remove_reader({1}).empty());
  feed.deliver(socket);
  EXPECT_TRUE(socket.received[2].empty());
  EXPECT_EQ(socket.received[3], Datagrams{"a\n"});
  EXPECT_EQ(feed.readers(), 1U);
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
