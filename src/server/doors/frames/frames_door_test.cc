#include "server/doors/frames/frames_door.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "drivers/members_driver.h"

namespace palabre::server {
namespace {

using proto::Event;
using proto::Refused;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using Told = std::vector<std::string>;

/// `>2` message 2, `=2` the acknowledgement of an own post, `!CANNOT_KEEP`, `pong 6`, ...
std::string in_short(const Event& event) {
  switch (event.what_case()) {
    case Event::kMessage:
      return fmt::format(">{}", event.message().number());
    case Event::kAcknowledged:
      return fmt::format("={}", event.acknowledged().number());
    case Event::kRefused:
      return fmt::format("!{}", Refused::Why_Name(event.refused().why()));
    case Event::kGap:
      return fmt::format("gap {}", proto::Gap::Why_Name(event.gap().why()));
    case Event::kPong:
      return fmt::format("pong {}", event.tag());
    case Event::kPast:
      return fmt::format("past {} up to {}", event.past().messages_size(), event.past().up_to());
    case Event::kChallenge:
      return "challenge";
    case Event::kWelcome:
      return "welcome " + event.welcome().nick();
    case Event::kJoined:
      return fmt::format("joined {} at {}", event.joined().room(), event.joined().end());
    case Event::kLeft:
      return "left";
    case Event::kGoodbye:
      return "goodbye";
    default:
      return "other";
  }
}

class MembersTest : public testing::Test {
 protected:
  Told told(MemberLink& link) {
    Told all;
    for (const Event& event : world().told(link)) all.push_back(in_short(event));
    return all;
  }
  MemberWorld& world() {
    if (!world_) world_ = std::make_unique<MemberWorld>(pace, sizes, limits);
    return *world_;
  }
  MemberLink& come(std::uint8_t member, const std::string& nick,
                   const std::string& room = "lobby") {
    MemberLink& link = world().come(member, nick);
    world().hear(link, join(room));
    told(link);
    return link;
  }
  /// `count` posts at once.
  void say(MemberLink& link, int first, int count) {
    std::string bytes;
    for (int i = first; i < first + count; ++i) {
      bytes += wire::encode_frame(
          post("lobby", fmt::format("id-{}-{}", link.end().peer().port(), i), "something to say"));
    }
    world().hear(link, bytes);
  }

  FramesDoor::Pace pace = {};
  MemberFeed::Sizes sizes = {};
  chat::Limits limits = {};

 private:
  std::unique_ptr<MemberWorld> world_;
};

TEST_F(MembersTest, AreChallengedAndComeInWithTheProofOfTheirKey) {
  MemberLink& link = world().connect();
  EXPECT_EQ(told(link), Told{"challenge"});
  EXPECT_EQ(told(world().come(1, "ana")), Told{"welcome ana"});
  EXPECT_EQ(world().members.counts().logins, 1U);
  EXPECT_EQ(world().hub.online(), 1U) << "who has not logged in is nobody yet";
}

TEST_F(MembersTest, AreTurnedAwayWithAProofThatIsNotForThisKeyServerOrLink) {
  const auto refused = [this](auto&& change) {
    MemberLink& link = world().connect();
    wire::LoginTo to = world().login_to(link);
    proto::Command login = change(to);
    world().hear(link, login);
    EXPECT_EQ(told(link), Told{"!LOGIN"});
    EXPECT_TRUE(link.closed() && link.closed()->code == 1);
  };
  refused([](wire::LoginTo& to) {
    auto login = login_by(KeyPair(1), to, "ana");
    login.mutable_login()->set_key(KeyPair(2).open.data(), 32);
    return login;
  });
  refused([](wire::LoginTo& to) {
    to.pin.fill(8);
    return login_by(KeyPair(1), to, "ana");
  });
  refused([](wire::LoginTo& to) {
    to.exporter->fill(0);  // of another connection, as a forwarded login has it
    return login_by(KeyPair(1), to, "ana");
  });
  refused([](wire::LoginTo& to) {
    to.server.bytes.fill(0);  // an earlier challenge
    return login_by(KeyPair(1), to, "ana");
  });
  EXPECT_EQ(world().members.counts().logins_refused, 4U);
  EXPECT_EQ(world().hub.online(), 0U);
}

TEST_F(MembersTest, AreTurnedAwayWithAProofThatWasUsedOnAnotherLink) {
  MemberLink& first = world().connect();
  const auto login = login_by(KeyPair(1), world().login_to(first), "ana");
  world().hear(first, login);
  EXPECT_EQ(told(first), Told{"welcome ana"});
  MemberLink& second = world().connect();
  told(second);
  world().hear(second, login);
  EXPECT_EQ(told(second), Told{"!LOGIN"});
  EXPECT_TRUE(second.closed());
}

TEST_F(MembersTest, ProveTheirKeyAnewForEachTry) {
  come(1, "ana");
  MemberLink& link = world().connect();
  const auto login = login_by(KeyPair(2), world().login_to(link), "ana");
  world().hear(link, login);
  const auto again = world().told(link);
  ASSERT_EQ(again.size(), 2U);
  EXPECT_EQ(in_short(again[0]), "!NICK_TAKEN");
  ASSERT_TRUE(again[1].has_challenge());
  EXPECT_FALSE(link.closed()) << "another nickname may be free";
  world().hear(link, login);
  EXPECT_EQ(told(link), Told{"!LOGIN"});
  EXPECT_TRUE(link.closed());
}

TEST_F(MembersTest, TryNoMoreThanAFewNicknames) {
  come(1, "ana");
  MemberLink& link = world().connect();
  for (std::size_t i = 0; i < FramesDoor::kMostLogins; ++i) {
    world().hear(link, login_by(KeyPair(2), world().login_to(link), "ana"));
    EXPECT_FALSE(link.closed());
  }
  world().hear(link, login_by(KeyPair(2), world().login_to(link), "bob"));
  EXPECT_TRUE(link.closed());
  EXPECT_EQ(world().hub.online(), 1U);
}

TEST_F(MembersTest, AreRefusedWhatTheyAskBeforeTheyHaveLoggedIn) {
  MemberLink& link = world().connect();
  told(link);
  for (const auto& command : {join("lobby"), post("lobby", "a", "b"), leave("lobby")}) {
    world().hear(link, command);
    EXPECT_EQ(told(link), Told{"!LOGIN"});
  }
  world().hear(link, ping());
  EXPECT_EQ(told(link), Told{"pong 6"});
  EXPECT_EQ(world().hub.rooms(), 0U);
}

TEST_F(MembersTest, WaitForALoginOnlySoLong) {
  MemberLink& link = world().connect();
  world().pass(FramesDoor::kLoginPatience - 1ms);
  EXPECT_FALSE(link.closed());
  world().pass(1ms);
  EXPECT_TRUE(link.closed());
}

TEST_F(MembersTest, WaitForALoginOnlySoLongAfterOneThatTookLongWasRefused) {
  come(1, "ana");
  MemberLink& link = world().connect();
  const auto to = world().login_to(link);
  world().history.fails = true;
  world().history.holds_verdicts = true;
  world().hear(link, login_by(KeyPair(2), to, "bob"));
  world().pass(FramesDoor::kLoginPatience);
  EXPECT_FALSE(link.closed()) << "it waits for the disk";
  world().history.holds_verdicts = false;
  world().house.on_history(world().now);
  world().pass(2 * FramesDoor::kLoginPatience);
  EXPECT_TRUE(link.closed());
}

TEST_F(MembersTest, HearTheAnswersToTheirPostsAmongTheMessagesOfTheRoom) {
  MemberLink& ana = come(1, "ana");
  MemberLink& bob = come(2, "bob");
  say(ana, 1, 1);
  say(bob, 1, 1);
  say(ana, 2, 1);
  EXPECT_EQ(told(ana), (Told{"=1", ">2", "=3"}));
  EXPECT_EQ(told(bob), (Told{">1", "=2", ">3"}));
}

TEST_F(MembersTest, WhoAreSlowCostOthersNothingAndMissNothing) {
  sizes = {.tail_bytes = 500, .chunk_bytes = 200, .slice_bytes = 300};
  MemberLink& ana = come(1, "ana");
  MemberLink& slow = come(2, "bob");
  world().set_window(slow, 0);
  const std::size_t sent = slow.sent();
  for (int i = 0; i < 40; ++i) say(ana, i, 1);
  EXPECT_EQ(told(ana).size(), 40U);
  EXPECT_EQ(slow.sent(), sent) << "nothing is queued on its link";
  EXPECT_EQ(world().history.reads, 0U) << "nothing is read for it";
  world().set_window(slow, 1000);
  world().take(slow, 0);
  Told all;
  for (int i = 0; i < 100 && all.size() < 40; ++i) {
    const Told more = told(slow);
    all.insert(all.end(), more.begin(), more.end());
  }
  ASSERT_EQ(all.size(), 40U);
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i], fmt::format(">{}", i + 1));
}

TEST_F(MembersTest, WhoLeaveAreStillAnsweredForTheirPosts) {
  sizes = {.tail_bytes = 500, .chunk_bytes = 200, .slice_bytes = 300};
  MemberLink& ana = come(1, "ana");
  MemberLink& bob = come(2, "bob");
  world().set_window(ana, 0);
  for (int i = 0; i < 20; ++i) say(bob, i, 1);
  say(ana, 1, 1);
  world().hear(ana, leave("lobby"));
  world().set_window(ana, 10'000);
  world().take(ana, 0);
  EXPECT_EQ(told(ana), (Told{"=21", "left"})) << "or it would post again, and be refused";
}

TEST_F(MembersTest, WhoDoNotTakeTheirAnswersAreReadFromNoFurther) {
  MemberLink& ana = come(1, "ana");
  world().set_window(ana, 0);
  std::string bytes;
  for (std::uint64_t i = 0; i < 300; ++i) bytes += wire::encode_frame(ping(i + 1));
  const std::size_t credit = ana.credit();
  world().hear(ana, bytes);
  EXPECT_EQ(ana.credit(), credit) << "or it might send ever more";
  world().set_window(ana, 1000);
  world().take(ana, 0);
  Told pongs;
  for (int i = 0; i < 100 && pongs.size() < 300; ++i) {
    const Told more = told(ana);
    pongs.insert(pongs.end(), more.begin(), more.end());
  }
  ASSERT_EQ(pongs.size(), 300U) << "nothing is refused";
  EXPECT_EQ(pongs.back(), "pong 300");
  EXPECT_EQ(ana.credit(), credit + bytes.size());
}

TEST_F(MembersTest, WhosePostsWaitForTheDiskAreReadFromNoFurther) {
  MemberLink& ana = come(1, "ana");
  const std::size_t credit = ana.credit();
  world().history.holds_verdicts = true;
  say(ana, 0, FramesDoor::kMostUnanswered + 10);
  EXPECT_EQ(ana.credit(), credit);
  world().hear(ana, ping());
  EXPECT_EQ(told(ana), Told{});
  world().history.holds_verdicts = false;
  world().house.on_history(world().now);
  const Told all = told(ana);
  ASSERT_EQ(all.size(), FramesDoor::kMostUnanswered + 11);
  EXPECT_GT(ana.credit(), credit);
}

TEST_F(MembersTest, WhosePostsSayNothingGainNoPlaceForOthers) {
  MemberLink& ana = come(1, "ana");
  world().history.holds_verdicts = true;
  for (int i = 0; i < 3; ++i) {
    say(ana, i * 100, 100);
    std::string empty;
    for (int k = 0; k < 100; ++k) empty += wire::encode_frame(post("lobby", "id", " "));
    world().hear(ana, empty);
  }
  const std::size_t appended = world().history.appended;
  EXPECT_LE(appended, FramesDoor::kMostUnanswered + 1);  // and the record of the registry
}

TEST_F(MembersTest, WhoAskForManyPagesWaitUntilTheyAreRead) {
  MemberLink& ana = come(1, "ana");
  say(ana, 0, 10);
  told(ana);
  world().history.holds_slices = true;
  const std::size_t reads = world().history.reads;
  std::string bytes;
  for (int i = 0; i < 100; ++i) bytes += wire::encode_frame(read_past("lobby", 0, 5));
  world().hear(ana, bytes);
  EXPECT_LE(world().history.reads, reads + 1);
  world().history.holds_slices = false;
  for (int i = 0; i < 100; ++i) world().house.on_history(world().now);
  EXPECT_EQ(told(ana), Told(100, "past 5 up to 5"));
}

TEST_F(MembersTest, AreToldThatALogIsAnotherAndReadItFromItsBeginning) {
  MemberLink& ana = come(1, "ana");
  say(ana, 0, 3);
  MemberLink& bob = world().come(2, "bob");
  told(bob);
  auto from = join("lobby");
  from.mutable_join()->mutable_after()->set_log(12345);
  from.mutable_join()->mutable_after()->set_number(2);
  world().hear(bob, from);
  EXPECT_EQ(told(bob), (Told{"joined lobby at 3", "gap NEW_LOG", ">1", ">2", ">3"}));
}

TEST_F(MembersTest, AreShownPagesOfThePast) {
  MemberLink& ana = come(1, "ana");
  say(ana, 0, 5);
  told(ana);
  world().hear(ana, read_past("lobby", 1, 3));
  EXPECT_EQ(told(ana), Told{"past 3 up to 4"});
  world().hear(ana, read_past("lobby", 4, 200));
  EXPECT_EQ(told(ana), Told{"past 1 up to 5"});
  world().hear(ana, read_past("lobby", 5, 200));
  EXPECT_EQ(told(ana), Told{"past 0 up to 5"});
  world().hear(ana, read_past("elsewhere", 0, 1));
  EXPECT_EQ(told(ana), Told{"!NOT_JOINED"});
}

TEST_F(MembersTest, WhoGoBeforeTheirPageIsReadHarmNobody) {
  limits.sessions_of_member = 1;
  MemberLink& ana = come(1, "ana");
  say(ana, 0, 5);
  MemberLink& again = world().connect();
  const auto login = login_by(KeyPair(1), world().login_to(again), "ana");
  // Both at once: the room of the page closes before its slice is read.
  world().members.on_bytes(ana.end(), wire::encode_frame(read_past("lobby", 0, 3)), world().now);
  world().members.on_bytes(again.end(), wire::encode_frame(login), world().now);
  world().settle();
  EXPECT_TRUE(ana.closed());
  EXPECT_EQ(told(again), Told{"welcome ana"});
}

TEST_F(MembersTest, AskAgainForWhatTheDiskDoesNotGive) {
  sizes = {.tail_bytes = 100, .chunk_bytes = 200, .slice_bytes = 300};
  MemberLink& ana = come(1, "ana");
  for (int i = 0; i < 10; ++i) say(ana, i, 1);
  MemberLink& bob = world().come(2, "bob");
  told(bob);
  world().history.unread = 2;
  world().hear(bob, join("lobby", 10));
  EXPECT_EQ(told(bob), Told{"joined lobby at 10"});
  world().pass(1s);
  EXPECT_EQ(told(bob), Told{});
  world().pass(1s);
  EXPECT_EQ(told(bob).size(), 10U);
}

TEST_F(MembersTest, LeaveTheirRoomsWhenTheirLinkIsGone) {
  MemberLink& ana = come(1, "ana");
  MemberLink& bob = come(2, "bob");
  world().hang_up(bob);
  EXPECT_EQ(world().hub.online(), 1U);
  world().hang_up(ana);
  EXPECT_EQ(world().hub.rooms(), 0U);
  EXPECT_EQ(world().members.sessions(), 0U);
}

TEST_F(MembersTest, WhoAskTooFastWaitAndAreRefusedNothing) {
  pace = {.burst = 20, .per_second = 10};
  MemberLink& ana = come(1, "ana");
  std::string bytes;
  for (std::uint64_t i = 0; i < 50; ++i) bytes += wire::encode_frame(ping(i + 1));
  world().hear(ana, bytes);
  std::size_t pongs = told(ana).size();
  EXPECT_LT(pongs, 20U);
  for (int step = 0; step < 300 && pongs < 50; ++step) {
    const auto due = world().house.next_deadline();
    ASSERT_TRUE(due && *due > world().now);
    world().pass(*due - world().now);
    pongs += told(ana).size();
  }
  EXPECT_EQ(pongs, 50U);
  EXPECT_GE(world().now - Instant(std::chrono::hours(1)), 3s);
}

TEST_F(MembersTest, AreClosedForBytesThatAreNoFramesOrNoCommands) {
  for (const std::string bytes : {"\xFF\xFF\xFF\xFF", "\x02\x0A\xFF"}) {
    MemberLink& ana = come(1, "ana");
    world().hear(ana, bytes);
    ASSERT_TRUE(ana.closed());
    EXPECT_EQ(ana.closed()->code, 1U);
    const std::size_t sent = ana.sent();
    world().hear(ana, ping());
    EXPECT_EQ(ana.sent(), sent);
    world().hang_up(ana);
  }
  EXPECT_EQ(world().members.counts().broken, 2U);
  EXPECT_EQ(world().hub.online(), 0U);
}

TEST_F(MembersTest, WhoAreBannedAreClosedUnheard) {
  world().entry = FramesDoor::Entry::kBanned;
  MemberLink& link = world().connect();
  EXPECT_TRUE(link.closed());
  world().hear(link, ping());
  EXPECT_EQ(link.sent(), 0U);
  EXPECT_EQ(world().members.sessions(), 0U);
}

TEST_F(MembersTest, AreToldGoodbye) {
  MemberLink& ana = come(1, "ana");
  proto::Command quit;
  quit.mutable_quit();
  world().hear(ana, quit);
  EXPECT_EQ(told(ana), Told{"goodbye"});
  ASSERT_TRUE(ana.closed());
  EXPECT_EQ(ana.closed()->code, 0U);
}

}  // namespace
}  // namespace palabre::server
