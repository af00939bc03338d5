#include "client/session.h"

#include <gtest/gtest.h>

#include "drivers/model_server_driver.h"

namespace palabre::client {
namespace {

using namespace std::chrono_literals;

TEST(Session, AsksAServerThatIsSilentAndThenSuspectsTheLink) {
  InLobby world;
  world.now += Session::kQuiet;
  world.server.say("lobby", "kofi", "the first for a while");
  world.settle();
  EXPECT_EQ(world.session.next_deadline(), world.now + Session::kQuiet);
  world.now += Session::kQuiet;
  world.session.on_deadline(world.now);
  EXPECT_GT(world.link().sent(), 0);
  EXPECT_EQ(world.session.next_deadline(), world.now + Session::kSuspect);
  world.now += Session::kSuspect - 1ms;
  EXPECT_FALSE(world.session.is_suspect(world.now));
  world.now += 1ms;
  EXPECT_TRUE(world.session.is_suspect(world.now));
  world.settle();  // the answer was only late
  EXPECT_FALSE(world.session.is_suspect(world.now));
}

TEST(Session, AsksSoonerAServerThatHadMuchToSay) {
  InLobby world;
  for (int i = 0; i < 2; ++i) {
    world.now += 1s;
    world.server.say("lobby", "kofi", "again");
    world.settle();
  }
  EXPECT_EQ(world.session.next_deadline(), world.now + Session::kQuietAndBusy);
  world.now += Session::kQuietAndBusy;
  world.session.on_deadline(world.now);
  world.settle();
  EXPECT_EQ(world.session.next_deadline(), world.now + Session::kQuiet) << "and only once";
}

TEST(Session, AsksSoonerAlsoWhereThereWasMoreThanTheAnswerToAPing) {
  InLobby world;
  world.now += Session::kQuiet;
  world.session.on_deadline(world.now);
  world.now += 1s;
  world.server.say("lobby", "kofi", "once");
  world.settle();  // with the pong
  world.now += 1s;
  world.server.say("lobby", "kofi", "twice");
  world.settle();
  EXPECT_EQ(world.session.next_deadline(), world.now + Session::kQuietAndBusy);
  world.now += Session::kQuietAndBusy;
  world.session.on_deadline(world.now);
  world.now += 100ms;
  world.server.say("lobby", "kofi", "and again");
  world.settle();  // the event and the pong in one packet
  EXPECT_EQ(world.session.next_deadline(), world.now + Session::kQuietAndBusy);
}

TEST(Session, AsksSoonerAlsoWhereMuchCameAtOnceAfterACut) {
  InLobby world;
  world.now += 4 * Session::kQuiet;
  world.server.say("lobby", "kofi", "missed");
  world.server.say("lobby", "kofi", "missed as well");
  world.settle();
  EXPECT_EQ(world.session.next_deadline(), world.now + Session::kQuietAndBusy);
}

TEST(Session, SuspectsALinkThatOwesAnAnswerToAPost) {
  InLobby world;
  world.now += 3s;
  world.say("x");
  EXPECT_EQ(world.session.next_deadline(), world.now + Session::kQuietAndBusy);
  world.now += Session::kQuietAndBusy;
  world.session.on_deadline(world.now);
  EXPECT_FALSE(world.session.is_suspect(world.now));
  world.now += Session::kSuspect - Session::kQuietAndBusy;
  EXPECT_TRUE(world.session.is_suspect(world.now));
}

TEST(Session, TakesAServerThatSlowsItDownForAlive) {
  InLobby world;
  for (int i = 0; i < 3; ++i) world.say("x");
  proto::Event event;
  event.mutable_slowed()->set_next_ms(7000);
  event.mutable_slowed()->set_every_ms(8000);
  for (int second = 0; second < 60; ++second) {
    world.now += 1s;
    world.give(event);
    world.session.on_deadline(world.now);
    EXPECT_FALSE(world.session.is_suspect(world.now + 400ms)) << second;
  }
  const auto slowed = world.all<Slowed>();
  ASSERT_EQ(slowed.size(), 60);
  EXPECT_EQ(slowed[0].next, 7s);
  EXPECT_EQ(slowed[0].every, 8s);
  EXPECT_EQ(world.session.waiting(), 3U);
}

TEST(Session, HasMorePatienceWhereEveryLinkIsSlow) {
  Wired world;
  world.open();
  world.now += Session::kSuspect;
  EXPECT_TRUE(world.session.is_suspect(world.now));
  world.open();  // on a path of two seconds this link would be given up as well
  world.now += Session::kSuspect;
  EXPECT_FALSE(world.session.is_suspect(world.now));
  world.now += Session::kSuspect;
  EXPECT_TRUE(world.session.is_suspect(world.now));
  for (int i = 0; i < 20; ++i) world.open();
  EXPECT_TRUE(world.session.is_suspect(world.now + Session::kMostSuspect)) << "not for ever";
}

TEST(Session, HasNoMorePatienceWhereALinkWasCutAfterItsLogin) {
  InLobby world;
  for (int i = 0; i < 3; ++i) {
    world.now += Session::kQuiet;
    world.session.on_deadline(world.now);  // and no answer
    world.now += Session::kSuspect;
    EXPECT_TRUE(world.session.is_suspect(world.now));
    world.open();
    for (int step = 0; step < 4; ++step) {  // slow answers, and then it is cut again
      world.to_server();
      world.now += 1s;
      world.to_session();
    }
    EXPECT_TRUE(world.session.is_online());
  }
}

TEST(Session, SuspectsALinkWhoseServerSaysNothing) {
  Wired world;
  world.open();
  EXPECT_FALSE(world.session.is_suspect(world.now));
  EXPECT_TRUE(world.session.is_suspect(world.now + Session::kSuspect));
}

}  // namespace
}  // namespace palabre::client
