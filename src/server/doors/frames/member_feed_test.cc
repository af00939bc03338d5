#include "server/doors/frames/member_feed.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "wire/frames.h"
#include "wire/palabre.pb.h"

namespace palabre::server {
namespace {

constexpr chat::SessionId kAna{1};
constexpr chat::SessionId kBob{2};

/// The bare text of a message, so that tests state lines directly; without a text, the real frame.
class RawForm final : public FrameForm {
 public:
  using FrameForm::FrameForm;
  Line message(chat::Number number, const chat::Message& message, WallTime kept_at) const override {
    if (message.text.empty()) return FrameForm::message(number, message, kept_at);
    return {number, {}, {}, message.text};
  }
};

MemberFeed raw_feed(chat::RoomId room, chat::Cursor end, const MemberFeed::Sizes& sizes) {
  return {std::make_unique<RawForm>(room), end, sizes};
}

chat::RoomAdvanced line(std::uint64_t number, chat::SessionId author, std::string text) {
  return {
      {3},
      {number},
      author,
      std::make_shared<const chat::Message>(chat::Message{chat::Kind::kText, "", std::move(text)})};
}

class MemberFeedTest : public testing::Test {
 protected:
  void push(std::uint64_t number, chat::SessionId author, const std::string& answer = "") {
    feed.push(line(number, author, "m" + std::to_string(number)), answer);
  }
  void read_all(chat::SessionId session, std::uint64_t last = 0) {
    feed.add_reader(session, {std::nullopt, last});
  }
  /// Everything that is due to the session.
  std::string told(chat::SessionId session) {
    std::string all;
    for (int i = 0; i < 1000; ++i) {
      const auto due = feed.next(session);
      if (!due.chunk) return all;
      answers += due.answers;
      all += *due.chunk;
    }
    ADD_FAILURE() << "there is no end to it";
    return all;
  }
  static chat::PastMessage past(std::uint64_t number) {
    return {{number}, std::make_shared<const chat::Message>()};
  }
  static chat::Missing missing(std::uint64_t from, std::uint64_t to, chat::Missing::Why why) {
    return {{from}, {to}, why};
  }
  /// Frames of a slice in short: `4` a message, `[2,3]` a gap.
  static std::string in_short(const std::string& bytes) {
    wire::FrameReader reader;
    reader.add(bytes);
    std::string all;
    while (const auto body = reader.next()) {
      proto::Event event;
      EXPECT_TRUE(event.ParseFromArray(body->data(), static_cast<int>(body->size())));
      all += event.has_gap() ? "[" + std::to_string(event.gap().from()) + "," +
                                   std::to_string(event.gap().to()) + "]"
                             : std::to_string(event.message().number());
    }
    return all;
  }

  MemberFeed feed =
      raw_feed({3}, {{77}, {10}}, {.tail_bytes = 8, .chunk_bytes = 6, .slice_bytes = 100});
  std::size_t answers = 0;
};

TEST_F(MemberFeedTest, GivesEachItsOwnAnswersInThePlaceOfItsMessages) {
  read_all(kAna);
  read_all(kBob);
  push(11, kAna, "A");
  push(12, kBob, "B");
  EXPECT_EQ(told(kAna), "Am12");
  EXPECT_EQ(answers, 1U);
  EXPECT_EQ(told(kBob), "m11B");
  EXPECT_EQ(told(kBob), "") << "nothing comes twice";
}

TEST_F(MemberFeedTest, SharesWhatSeveralAreGiven) {
  read_all(kAna);
  read_all(kBob);
  push(11, {});
  EXPECT_EQ(feed.next(kAna).chunk, feed.next(kBob).chunk);
}

TEST_F(MemberFeedTest, CutsWhatIsDueIntoChunks) {
  read_all(kAna);
  push(11, {});
  push(12, {});
  EXPECT_EQ(*feed.next(kAna).chunk, "m11m12");
  push(13, {});
  push(14, {});
  EXPECT_EQ(*feed.next(kAna).chunk, "m13m14");
}

TEST_F(MemberFeedTest, ReadsFromTheHistoryForWhoeverIsBehindItsTail) {
  read_all(kAna, 2);
  EXPECT_EQ(told(kAna), "");
  EXPECT_EQ(feed.next_read(), chat::Number{8});
  EXPECT_EQ(told(kAna), "");
  EXPECT_EQ(feed.next_read(), std::nullopt) << "it is being read";
  EXPECT_TRUE(feed.take({{}, {3}, {8}, {10}, {past(9), past(10)}}));
  EXPECT_EQ(in_short(told(kAna)), "910");
  EXPECT_EQ(feed.next_read(), std::nullopt);
}

TEST_F(MemberFeedTest, TellsWhatIsMissingUpToWhatItHas) {
  read_all(kAna);
  push(11, {});
  push(12, {});
  push(13, {});  // evicts 11 from the tail
  told(kAna);
  feed.next_read();
  EXPECT_TRUE(feed.take({{}, {3}, {10}, {13}, {missing(11, 13, chat::Missing::Why::kNotKept)}}));
  const std::string all = told(kAna);
  EXPECT_EQ(in_short(all.substr(0, all.size() - 6)), "[11,11]");
  EXPECT_TRUE(all.ends_with("m12m13"));
}

TEST_F(MemberFeedTest, AsksAgainForWhatCannotBeReadAtTheMoment) {
  read_all(kAna, 3);
  told(kAna);
  EXPECT_EQ(feed.next_read(), chat::Number{7});
  EXPECT_FALSE(
      feed.take({{}, {3}, {7}, {10}, {past(8), missing(9, 10, chat::Missing::Why::kUnread)}}));
  EXPECT_EQ(in_short(told(kAna)), "8") << "what was read before it is given";
  EXPECT_EQ(feed.next_read(), chat::Number{8});
}

TEST_F(MemberFeedTest, ReadsThePastForEachReaderInTurn) {
  read_all(kAna, 10);
  read_all(kBob, 5);
  told(kAna);
  told(kBob);
  EXPECT_EQ(feed.next_read(), chat::Number{0});
  feed.take({{}, {3}, {0}, {1}, {past(1)}});
  EXPECT_EQ(in_short(told(kAna)), "1");
  told(kBob);
  EXPECT_EQ(feed.next_read(), chat::Number{5}) << "whoever reads from far behind does not go first";
  feed.take({{}, {3}, {5}, {6}, {past(6)}});
  EXPECT_EQ(in_short(told(kBob)), "6");
  feed.remove_reader(kAna);
  EXPECT_EQ(feed.next_read(), chat::Number{6}) << "who has gone waits for nothing";
}

TEST(MemberFeed, KeepsWhatItHasEncodedForOthersWithinBounds) {
  constexpr std::size_t kTail = 4000;
  MemberFeed feed =
      raw_feed({3}, {{77}, {0}}, {.tail_bytes = kTail, .chunk_bytes = 1000, .slice_bytes = 1000});
  const auto read = [&](std::uint64_t last) {
    feed.add_reader(kAna, {std::nullopt, last});
    const auto due = feed.next(kAna);
    feed.remove_reader(kAna);
    return due.chunk;
  };
  feed.add_reader(kBob, {});
  for (std::uint64_t number = 1; number <= 30; ++number) {
    feed.push(line(number, {}, std::string(50, 'm')), "");
  }
  EXPECT_EQ(read(20), read(20)) << "encoded once";
  std::vector<std::weak_ptr<const std::string>> chunks;
  for (std::uint64_t last = 1; last <= 30; ++last) chunks.push_back(read(last));
  std::size_t held = 0;
  for (const auto& chunk : chunks) {
    if (const auto still = chunk.lock()) held += still->size();
  }
  EXPECT_GT(held, 0U);
  EXPECT_LE(held, kTail);
}

TEST_F(MemberFeedTest, LosesNoAnswerInAGap) {
  read_all(kAna);
  push(11, kAna, "A");
  push(12, kAna, "B");
  push(13, {});
  push(14, {});
  told(kAna);
  feed.next_read();
  feed.take({{}, {3}, {10}, {14}, {missing(11, 14, chat::Missing::Why::kDamaged)}});
  const std::string all = told(kAna);
  EXPECT_TRUE(all.starts_with("AB")) << all;
  EXPECT_TRUE(all.ends_with("m13m14")) << all;
  EXPECT_EQ(answers, 2U);
}

TEST_F(MemberFeedTest, ShowsAnAuthorWhatItPostedBeforeItReadAnew) {
  read_all(kAna);
  push(11, kAna, "A");
  EXPECT_EQ(feed.remove_reader(kAna).size(), 1U) << "an answer that it was not given";
  feed.add_reader(kAna, {chat::Cursor{{77}, {10}}});
  push(12, kAna, "B");
  EXPECT_EQ(told(kAna), "m11B");
}

TEST_F(MemberFeedTest, BeginsAnewForACursorOfAnotherLog) {
  EXPECT_EQ(feed.add_reader(kAna, {chat::Cursor{{78}, {4}}}), chat::Number{4});
  told(kAna);
  EXPECT_EQ(feed.next_read(), chat::Number{0});
}

TEST_F(MemberFeedTest, TakesACursorBeyondItsEndForItsEnd) {
  EXPECT_EQ(feed.add_reader(kAna, {chat::Cursor{{77}, {1000}}}), std::nullopt);
  push(11, {});
  EXPECT_EQ(told(kAna), "m11");
}

TEST_F(MemberFeedTest, ReadsForNobodyWhatNobodyHasSeen) {
  EXPECT_FALSE(feed.is_read());
  feed.skip({11});
  EXPECT_EQ(feed.end().number, chat::Number{11});
  read_all(kAna, 1);
  EXPECT_EQ(told(kAna), "");
  EXPECT_EQ(feed.next_read(), chat::Number{10});
}

}  // namespace
}  // namespace palabre::server
