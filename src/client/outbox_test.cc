#include "client/outbox.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace palabre::client {
namespace {

const chat::RoomName kLobby{"lobby"};
constexpr Instant kStart{std::chrono::hours(1)};

Outbox with_posts(std::uint64_t count) {
  Outbox outbox("aa");
  for (std::uint64_t i = 1; i <= count; ++i) {
    EXPECT_EQ(outbox.add(kLobby, chat::Kind::kText, "text")->value, i);
  }
  return outbox;
}

/// The posts that go out now.
std::vector<std::uint64_t> sent(Outbox& outbox, Instant now) {
  std::vector<std::uint64_t> all;
  while (const auto* const post = outbox.next(now)) {
    all.push_back(post->post.value);
    outbox.sent(now);
  }
  return all;
}

using Numbers = std::vector<std::uint64_t>;

TEST(Outbox, SendsEachOnceUntilTheLinkIsGone) {
  Outbox outbox = with_posts(3);
  EXPECT_EQ(sent(outbox, kStart), (Numbers{1, 2, 3}));
  EXPECT_EQ(sent(outbox, kStart), Numbers{});
  EXPECT_FALSE(outbox.may_be_known(kLobby));
  EXPECT_EQ(outbox.remove({2}).post, PostId{2});
  outbox.interrupt();
  EXPECT_TRUE(outbox.may_be_known(kLobby));
  EXPECT_FALSE(outbox.may_be_known({"ops"}));
  EXPECT_EQ(sent(outbox, kStart), (Numbers{1, 3}));
}

TEST(Outbox, FindsOnlyPostsOfItsOwnThatWait) {
  Outbox outbox = with_posts(2);
  EXPECT_EQ(outbox.find(outbox.id_of({2})), PostId{2});
  outbox.remove({2});
  for (const char* id : {"", "aa", "aa.", "aa.2", "aa.3", "ab.1", "aa.1x", "aa.-1", "aa.1 "}) {
    EXPECT_EQ(outbox.find(id), std::nullopt) << id;
  }
  EXPECT_EQ(outbox.find("aa.1"), PostId{1});
}

TEST(Outbox, LetsNothingOvertakeAPostThatIsRefusedForTheMoment) {
  Outbox outbox = with_posts(3);
  EXPECT_EQ(sent(outbox, kStart), (Numbers{1, 2, 3}));
  outbox.put_off({1}, kStart);
  outbox.put_off({2}, kStart);
  const Instant later = kStart + Outbox::kLongestPause;
  EXPECT_EQ(sent(outbox, later), Numbers{}) << "the third is not answered yet";
  EXPECT_EQ(outbox.next_deadline(), std::nullopt);
  outbox.put_off({3}, kStart);
  EXPECT_EQ(outbox.next_deadline(), kStart + Outbox::kFirstPause);
  EXPECT_EQ(sent(outbox, kStart), Numbers{});
  EXPECT_EQ(sent(outbox, kStart + Outbox::kFirstPause), (Numbers{1, 2, 3}));
}

TEST(Outbox, WaitsLongerEachTimeUpToALimit) {
  Outbox outbox = with_posts(1);
  Instant now = kStart;
  Duration last{};
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(sent(outbox, now), Numbers{1});
    outbox.put_off({1}, now);
    EXPECT_GE(*outbox.next_deadline() - now, last);
    last = *outbox.next_deadline() - now;
    now = *outbox.next_deadline();
  }
  EXPECT_EQ(last, Outbox::kLongestPause);
}

TEST(Outbox, HasSoManyUnderWayAtMost) {
  Outbox outbox = with_posts(Outbox::kMostUnderWay + 2);
  EXPECT_EQ(sent(outbox, kStart).size(), Outbox::kMostUnderWay);
  outbox.remove({1});
  EXPECT_EQ(sent(outbox, kStart), Numbers{Outbox::kMostUnderWay + 1});
}

TEST(Outbox, RefusesInWordsWhatIsTooMuch) {
  Outbox outbox = with_posts(Outbox::kMostPosts);
  const auto refused = outbox.add(kLobby, chat::Kind::kText, "one more");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().sentence.find("4096"), std::string::npos);

  Outbox large("aa");
  ASSERT_TRUE(large.add(kLobby, chat::Kind::kText, std::string(Outbox::kMostBytes, 'x')));
  EXPECT_FALSE(large.add(kLobby, chat::Kind::kText, "x"));
  large.remove({1});
  EXPECT_TRUE(large.add(kLobby, chat::Kind::kText, "x")) << "what is answered makes room";
}

TEST(Outbox, DoesNotGiveUpWhatTheServerWaitsFor) {
  Outbox outbox = with_posts(2);
  EXPECT_EQ(sent(outbox, kStart), (Numbers{1, 2}));
  outbox.put_off({1}, kStart);
  outbox.remove({2});
  const auto is_left = [](const chat::RoomName&) { return true; };
  EXPECT_TRUE(outbox.give_up(is_left).empty());
  outbox.interrupt();
  EXPECT_EQ(outbox.give_up(is_left).size(), 1) << "no server waits any more";
}

TEST(Outbox, GivesUpOnlyWhatIsNotUnderWay) {
  Outbox outbox = with_posts(2);
  ASSERT_NE(outbox.next(kStart), nullptr);
  outbox.sent(kStart);
  const auto given_up = outbox.give_up([](const auto& room) { return room == kLobby; });
  ASSERT_EQ(given_up.size(), 1);
  EXPECT_EQ(given_up[0].post, PostId{2});
  EXPECT_EQ(outbox.size(), 1);
}

}  // namespace
}  // namespace palabre::client
