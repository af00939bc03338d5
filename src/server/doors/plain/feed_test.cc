#include "server/doors/plain/feed.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "drivers/socket_driver.h"
#include "wire/text.h"

namespace palabre::server {
namespace {

/// The bare text of a message, so that tests state lines directly.
class RawForm final : public LineForm {
 public:
  Line message(chat::Number number, const chat::Message& message, WallTime kept_at) const override {
    if (!message.author.empty()) return plain_form().message(number, message, kept_at);
    return {number, {}, wire::encode_number(number), message.text};
  }
  std::optional<Line> gap(const chat::Missing& missing) const override {
    return plain_form().gap(missing);
  }
};
const RawForm kRaw;

chat::RoomAdvanced line(chat::Number number, chat::SessionId author, std::string text) {
  return {
      {1},
      number,
      author,
      std::make_shared<const chat::Message>(chat::Message{chat::Kind::kText, "", std::move(text)})};
}

class FeedTest : public testing::Test {
 protected:
  void read(std::uint64_t session) {
    feed.add_reader({session}, link::path(static_cast<std::uint16_t>(session)), false);
  }
  void push(std::uint64_t author, std::string line) {
    feed.push(server::line({feed.end().value + 1}, {author}, std::move(line)));
  }

  static link::Datagrams due_to(Feed& feed, std::uint64_t session) {
    link::Datagrams datagrams;
    for (auto& one : feed.remove_reader({session}).datagrams) datagrams.push_back(one.bytes);
    return datagrams;
  }

  Feed feed{{0}, {.tail_bytes = 4000, .batch = 3}, kRaw};
  link::NarrowSocket socket;
  Instant now{};
};

TEST_F(FeedTest, SendsALineToEverybodyButItsAuthor) {
  for (const std::uint64_t session : {1, 2, 3}) read(session);
  push(1, "a\n");
  EXPECT_TRUE(feed.deliver(socket, now));
  EXPECT_TRUE(socket.received[1].empty());
  EXPECT_EQ(socket.received[2], link::Datagrams{"a\n"});
  EXPECT_EQ(socket.received[3], link::Datagrams{"a\n"});
  EXPECT_TRUE(feed.deliver(socket, now));
  EXPECT_EQ(socket.received[2].size(), 1U) << "nothing is sent twice";
}

TEST_F(FeedTest, ShowsAReaderNothingOfThePast) {
  read(1);
  push(1, "before\n");
  read(2);
  push(1, "after\n");
  feed.deliver(socket, now);
  EXPECT_EQ(socket.received[2], link::Datagrams{"after\n"});
}

TEST_F(FeedTest, PacksWhatIsDueIntoOneDatagramAndLeavesEachAuthorItsOwnOut) {
  for (const std::uint64_t session : {1, 2, 3}) read(session);
  push(1, "a\n");
  push(2, "b\n");
  push(1, "c\n");
  feed.deliver(socket, now);
  EXPECT_EQ(socket.received[1], link::Datagrams{"b\n"});
  EXPECT_EQ(socket.received[2], link::Datagrams{"a\nc\n"});
  EXPECT_EQ(socket.received[3], link::Datagrams{"a\nb\nc\n"});
}

TEST_F(FeedTest, FillsDatagramsUpTo1200BytesAndNotOneMore) {
  read(1);
  push(2, std::string(599, 'a') + "\n");
  push(2, std::string(599, 'b') + "\n");
  push(2, "c\n");
  feed.deliver(socket, now);
  ASSERT_EQ(socket.received[1].size(), 2U);
  EXPECT_EQ(socket.received[1][0].size(), 1200U);
  EXPECT_EQ(socket.received[1][1], "c\n");
}

TEST_F(FeedTest, GoesOnWhereTheSocketHadNoRoom) {
  for (std::uint64_t session = 1; session <= 9; ++session) read(session);
  push(1, "a\n");
  socket.room = 3;
  EXPECT_FALSE(feed.deliver(socket, now));
  push(2, "b\n");
  while (!feed.deliver(socket, now)) socket.room = 2;
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
    feed.deliver(socket, now);
  }
  socket.room = 100;
  EXPECT_TRUE(feed.deliver(socket, now));
  EXPECT_EQ(feed.next_read(), chat::Number{0}) << "the history is asked first";
  EXPECT_FALSE(feed.next_read()) << "once";
  feed.take({{}, {1}, {0}, {10}, {chat::Missing{{1}, {10}, chat::Missing::Why::kNotKept}}});
  EXPECT_TRUE(feed.deliver(socket, now));
  const link::Datagrams& got = socket.received[1];
  EXPECT_EQ(got,
            link::Datagrams{"-- Messages 1 to 6 are lost to you: the way to you was too slow.\n"});
  ASSERT_TRUE(feed.next_burst());
  now = *feed.next_burst();
  EXPECT_TRUE(feed.deliver(socket, now));
  EXPECT_EQ(got.size(), 5U);
}

TEST_F(FeedTest, LosesASlowReaderTheLessTheLongerItsTailIs) {
  for (const std::uint64_t lines : {2, 7}) {
    Feed other{{0}, {.tail_bytes = lines * 1000, .batch = 3}, kRaw};
    other.add_reader({1}, link::path(1), false);
    socket.room = 0;
    for (std::uint64_t number = 1; number <= 10; ++number) {
      other.push(server::line({number}, {2}, std::string(999, 'a') + "\n"));
      other.deliver(socket, now);
    }
    socket.room = 100;
    other.deliver(socket, now);
    EXPECT_EQ(other.next_read(), chat::Number{0});
    other.take({{}, {1}, {0}, {10}, {chat::Missing{{1}, {10}, chat::Missing::Why::kNotKept}}});
    socket.received.clear();
    other.deliver(socket, now);
    const std::string gap = "-- Messages 1 to " + std::to_string(10 - lines) + " are lost";
    ASSERT_FALSE(socket.received[1].empty());
    EXPECT_TRUE(socket.received[1].front().starts_with(gap)) << socket.received[1].front();
  }
}

struct KeptFeedTest : FeedTest {
  KeptFeedTest() {
    read(1);
    read(2);
    for (int i = 1; i <= 100; ++i) push(3, "line " + std::to_string(i) + "\n");
    feed.deliver(socket, now);
    socket.received.clear();
  }
  /// The answer of a history.
  chat::Slice slice(std::uint64_t after, std::uint64_t up_to) {
    chat::Slice slice{{}, {1}, {after}, {up_to}, {}};
    for (std::uint64_t number = after + 1; number <= up_to; ++number) {
      slice.entries.emplace_back(
          chat::PastMessage{{number},
                            std::make_shared<const chat::Message>(chat::Message{
                                chat::Kind::kText, "ana", "said " + std::to_string(number)})});
    }
    return slice;
  }
  std::string all_that(std::uint16_t session) {
    std::string all;
    for (const std::string& datagram : socket.received[session]) all += datagram;
    return all;
  }
  void go_on() {
    for (int burst = 0; burst < 1000; ++burst) {
      feed.deliver(socket, now);
      if (const auto after = feed.next_read()) {
        feed.take(slice(after->value, std::min<std::uint64_t>(after->value + 7, 100)));
        continue;
      }
      if (!feed.next_burst()) return;
      now = *feed.next_burst();
    }
  }

  Feed feed{
      {0}, {.tail_bytes = 4000, .rest_bytes = 200, .batch = 3, .past_burst_bytes = 100}, kRaw};

  void read(std::uint64_t session) {
    feed.add_reader({session}, link::path(static_cast<std::uint16_t>(session)), false);
  }
  void push(std::uint64_t author, std::string line) {
    feed.push(server::line({feed.end().value + 1}, {author}, std::move(line)));
  }
};

TEST_F(KeptFeedTest, ShowsThePastAgainWithItsNumbersFromTheTail) {
  EXPECT_EQ(feed.reread({1}, {{}, chat::ReadPast::Last{3}}),
            std::pair(chat::Number{98}, feed.end()));
  go_on();
  EXPECT_EQ(all_that(1), "#98 line 98\n#99 line 99\n#100 line 100\n");
  EXPECT_EQ(all_that(2), "");
}

TEST_F(KeptFeedTest, ShowsThePastFromTheHistoryThenFromTheTailThenWhatIsNew) {
  feed.reread({1}, {{}, chat::ReadPast::From{{11}}});
  push(2, "new\n");
  go_on();
  std::string expected;
  std::uint64_t number = 11;
  for (const std::string said = all_that(1);
       said.find(" said " + std::to_string(number)) != std::string::npos; ++number) {
    expected += "#" + std::to_string(number) + " ana> said " + std::to_string(number) + "\n";
  }
  EXPECT_GT(number, 70U);
  for (; number <= 100; ++number) {
    expected += "#" + std::to_string(number) + " line " + std::to_string(number) + "\n";
  }
  EXPECT_EQ(all_that(1), expected + "new\n");
  EXPECT_EQ(all_that(2), "") << "its own";
}

TEST_F(KeptFeedTest, ShowsThePastInBurstsWithAPauseBetween) {
  for (int i = 0; i < 3; ++i) push(2, std::string(999, 'x') + "\n");
  feed.reread({1}, {{}, chat::ReadPast::Last{3}});
  for (std::size_t burst = 1; burst <= 3; ++burst) {
    feed.deliver(socket, now);
    EXPECT_EQ(socket.received[1].size(), burst);
    if (burst == 3) break;
    ASSERT_TRUE(feed.next_burst());
    feed.deliver(socket, *feed.next_burst() - std::chrono::milliseconds(1));
    EXPECT_EQ(socket.received[1].size(), burst);
    now = *feed.next_burst();
  }
  EXPECT_FALSE(feed.next_burst());
}

TEST_F(KeptFeedTest, ShowsItsOwnLinesAgainToWhoAsksForThePast) {
  push(1, "mine\n");
  feed.deliver(socket, now);
  EXPECT_EQ(all_that(1), "");
  feed.reread({1}, {{}, chat::ReadPast::Last{1}});
  go_on();
  EXPECT_EQ(all_that(1), "#101 mine\n");
}

TEST_F(KeptFeedTest, SaysWhatIsMissingOfThePastAndGoesOn) {
  feed.reread({1}, {{}, chat::ReadPast::From{{1}}});
  feed.deliver(socket, now);
  ASSERT_EQ(feed.next_read(), chat::Number{0});
  auto part = slice(60, 61);
  part.after = {0};
  part.entries.insert(part.entries.begin(), chat::Missing{{1}, {60}, chat::Missing::Why::kExpired});
  feed.take(part);
  feed.deliver(socket, now);
  EXPECT_EQ(all_that(1), "-- Messages 1 to 60 are kept no longer.\n#61 ana> said 61\n");
}

TEST_F(KeptFeedTest, LeavesOutNothingThatWasDueToWhoAsksForLess) {
  socket.room = 0;
  push(2, "due\n");
  feed.deliver(socket, now);
  feed.reread({1}, {{}, chat::ReadPast::From{{1000}}});
  socket.room = 100;
  go_on();
  EXPECT_NE(all_that(1).find("due\n"), std::string::npos);
}

TEST_F(KeptFeedTest, SkipsNothingThatIsAtHandWhereTheHistoryHasItNoLonger) {
  for (int i = 0; i < 3; ++i) push(2, "new\n");
  feed.reread({1}, {{}, chat::ReadPast::From{{1}}});
  feed.deliver(socket, now);
  ASSERT_EQ(feed.next_read(), chat::Number{0});
  auto part = slice(102, 103);  // all before is expired
  part.after = {0};
  part.entries.insert(part.entries.begin(),
                      chat::Missing{{1}, {102}, chat::Missing::Why::kExpired});
  feed.take(part);
  go_on();
  const std::string all = all_that(1);
  EXPECT_NE(all.find("#100 line 100\n#101 new\n#102 new\n#103 new\n"), std::string::npos) << all;
}

TEST_F(KeptFeedTest, LeavesOutNothingThatWasDueToWhoAsksTwice) {
  push(2, "due\n");
  feed.reread({1}, {{}, chat::ReadPast::Last{3}});
  EXPECT_EQ(feed.reread({1}, {{}, chat::ReadPast::From{{1000}}}),
            std::pair(feed.end(), feed.end()));
  go_on();
  EXPECT_EQ(all_that(1), "#101 due\n");
}

TEST_F(KeptFeedTest, GivesWhoLeavesWhatWasDueToItBesidesThePast) {
  push(2, "due\n");
  feed.reread({1}, {{}, chat::ReadPast::Last{3}});
  EXPECT_EQ(due_to(feed, 1), link::Datagrams{"due\n"});
  feed.reread({2}, {{}, chat::ReadPast::Last{3}});
  EXPECT_TRUE(feed.remove_reader({2}).datagrams.empty());
}

TEST_F(KeptFeedTest, NumbersTheLinesOfWhoWantsThem) {
  feed.set_numbered({1}, true);
  push(3, "a\n");
  push(2, "b\n");
  feed.deliver(socket, now);
  EXPECT_EQ(all_that(1), "#101 a\n#102 b\n");
  EXPECT_EQ(all_that(2), "a\n");
}

TEST_F(FeedTest, GivesWhoLeavesWhatWasDueToIt) {
  for (const std::uint64_t session : {1, 2, 3}) read(session);
  push(1, "a\n");
  EXPECT_EQ(due_to(feed, 2), link::Datagrams{"a\n"});
  EXPECT_TRUE(feed.remove_reader({1}).datagrams.empty());
  feed.deliver(socket, now);
  EXPECT_TRUE(socket.received[2].empty());
  EXPECT_EQ(socket.received[3], link::Datagrams{"a\n"});
  EXPECT_EQ(feed.readers(), 1U);
}

// Readers, lines, and a socket that blocks at any time: in the end each reader has had every line
// but its own, and the answers to those, in order.
RC_GTEST_PROP(FeedProperty, LosesNothingHoweverOftenTheSocketHasNoRoom, ()) {
  Feed feed({0}, {.tail_bytes = 1 << 20, .batch = *rc::gen::inRange<std::size_t>(1, 4)}, kRaw);
  link::NarrowSocket socket;
  const Instant now{};
  const auto readers = *rc::gen::inRange<std::uint64_t>(1, 12);
  for (std::uint64_t reader = 1; reader <= readers; ++reader) {
    feed.add_reader({reader}, link::path(static_cast<std::uint16_t>(reader)), false);
  }
  std::map<std::uint64_t, std::string> expected;
  const auto steps = *rc::gen::container<std::vector<std::pair<std::uint64_t, std::size_t>>>(
      rc::gen::pair(rc::gen::inRange<std::uint64_t>(1, 15), rc::gen::inRange<std::size_t>(0, 20)));
  for (const auto& [author, room] : steps) {
    const std::string line = "line " + std::to_string(feed.end().value + 1) + "\n";
    const std::string answer = author % 2 == 0 ? "#" + line.substr(5) : "";
    for (std::uint64_t reader = 1; reader <= readers; ++reader) {
      expected[reader] += reader == author ? answer : line;
    }
    feed.push(server::line({feed.end().value + 1}, {author}, line), answer);
    socket.room = room;
    feed.deliver(socket, now);
  }
  socket.room = std::numeric_limits<std::size_t>::max();
  RC_ASSERT(feed.deliver(socket, now));
  for (std::uint64_t reader = 1; reader <= readers; ++reader) {
    std::string all;
    for (const std::string& datagram : socket.received[static_cast<std::uint16_t>(reader)]) {
      all += datagram;
    }
    RC_ASSERT(all == expected[reader]);
  }
}

TEST_F(FeedTest, SendsNoMoreOfThePastThanOneQuestionBringsAndThenGoesOnLive) {
  Feed room({0},
            {.tail_bytes = 9000, .rest_bytes = 9000, .past_burst_bytes = 1500, .past_bytes = 1500},
            kRaw);
  const std::string line = std::string(699, 'x') + "\n";  // one fills a datagram
  for (std::uint64_t number = 1; number <= 5; ++number)
    room.push(server::line({number}, {2}, line));
  room.add_reader({1}, link::path(1), false);
  room.reread({1}, {{}, chat::ReadPast::From{{1}}});
  room.push(server::line({6}, {2}, "meanwhile\n"));
  for (bool is_due = true; is_due; is_due = room.next_burst().has_value()) {
    now = room.next_burst().value_or(now);
    EXPECT_TRUE(room.deliver(socket, now));
  }
  const link::Datagrams expected{"#1 " + line, "#2 " + line, "#3 " + line,
                                 "-- There is more: /from 4\n", "meanwhile\n"};
  EXPECT_TRUE(socket.received[1] == expected) << socket.received[1].size();
}

TEST_F(FeedTest, SendsAnAuthorTheAnswerInTheOrderOfTheNumbers) {
  read(1);
  read(2);
  push(2, "a\n");
  feed.push(line({2}, {1}, "b\n"), "#2\n");
  push(2, "c\n");
  feed.deliver(socket, now);
  EXPECT_EQ(socket.received[1], link::Datagrams{"a\n#2\nc\n"});
  EXPECT_EQ(socket.received[2], link::Datagrams{"b\n"});
}

TEST_F(FeedTest, FollowsAReaderToItsNewPath) {
  read(1);
  feed.set_path({1}, link::path(77));
  push(2, "a\n");
  feed.deliver(socket, now);
  EXPECT_EQ(socket.received[77], link::Datagrams{"a\n"});
}

}  // namespace
}  // namespace palabre::server
