#include "server/doors/frames/post_pace.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace palabre::server {
namespace {

using Class = PostPace::Class;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""min;

PostPace::Poster poster(int member, const std::string& ip, Class of = Class::kPublic) {
  PostPace::Poster one{of, {}, *Ip::parse(ip)};
  for (std::size_t i = 0; i < 4; ++i) {
    one.key.bytes.at(i) = static_cast<std::uint8_t>(member >> (8 * i));
  }
  return one;
}

/// Sessions that post as fast as they may, in simulated time.
struct Flood {
  struct Session {
    PostPace::Poster poster;
    int taken = 0;
    Duration longest{};  ///< wait for one post
    Instant since = {};
    bool waits = false;
  };

  std::size_t add(const PostPace::Poster& poster) {
    sessions.push_back({poster});
    return sessions.size() - 1;
  }
  static chat::SessionId id(std::size_t index) { return {index + 1, {}}; }

  void post(std::size_t index) {
    Session& one = sessions[index];
    one.since = now;
    one.waits = true;
    while (pace.take(id(index), one.poster, now)) {
      ++one.taken;
      if (one.poster.of == Class::kExempt && one.taken % 1000 == 0) {
        one.waits = false;
        return;
      }
    }
  }
  void run(Duration time) {
    const Instant end = now + time;
    for (std::size_t i = 0; i < sessions.size(); ++i) {
      if (!sessions[i].waits) post(i);
    }
    while (const auto due = pace.next_turn()) {
      if (*due > end) break;
      ASSERT_GE(*due, now);
      now = *due;
      for (const chat::SessionId turn : pace.take_turns(now)) {
        Session& one = sessions[turn.value - 1];
        ++one.taken;
        one.longest = std::max(one.longest, now - one.since);
        post(turn.value - 1);
      }
    }
    now = end;
  }
  int taken() const {
    int all = 0;
    for (const Session& one : sessions) all += one.taken;
    return all;
  }

  PostPace pace{guard::PostRates{}};
  Instant now = Instant{} + 1000s;
  std::vector<Session> sessions;
};

TEST(PostPace, GivesAMemberTwentyPostsAndThenTwoASecondOnAllItsSessionsTogether) {
  Flood flood;
  for (int i = 0; i < 16; ++i) flood.add(poster(1, "198.51.100.7"));
  flood.run(60s);
  EXPECT_NEAR(flood.taken(), 20 + 120, 2);
  for (std::size_t i = 1; i < 16; ++i) {
    EXPECT_GE(flood.sessions[i].taken, 7) << "sessions take turns";
    EXPECT_LE(flood.sessions[i].taken, 9);
  }
}

TEST(PostPace, GivesTheLanTwoHundredAndThenTwentyASecondAndABotFifty) {
  Flood flood;
  const auto lan = flood.add(poster(1, "192.168.52.7", Class::kLan));
  const auto bot = flood.add(poster(2, "192.168.52.8", Class::kBot));
  const auto far = flood.add(poster(3, "198.51.100.7", Class::kBot));
  flood.run(60s);
  EXPECT_NEAR(flood.sessions[lan].taken, 200 + 1200, 1);
  EXPECT_NEAR(flood.sessions[bot].taken, 200 + 3000, 1);
  EXPECT_NEAR(flood.sessions[far].taken, 200 + 3000, 1);
}

TEST(PostPace, HoldsAnExemptMemberToNothing) {
  Flood flood;
  flood.add(poster(1, "127.0.0.1", Class::kExempt));
  flood.run(1s);
  EXPECT_EQ(flood.taken(), 1000);
  EXPECT_EQ(flood.pace.waiting(), 0U);
}

TEST(PostPace, LetsTwoMembersOfOneAddressPostAsTwoDo) {
  Flood flood;
  flood.add(poster(1, "198.51.100.7"));
  flood.add(poster(2, "198.51.100.7"));
  flood.run(60s);
  EXPECT_NEAR(flood.sessions[0].taken, 140, 1);
  EXPECT_NEAR(flood.sessions[1].taken, 140, 1);
}

TEST(PostPace, HoldsTenThousandKeysOfOneAddressToThePaceOfTheAddress) {
  Flood flood;
  for (int key = 0; key < 10'000; ++key) flood.add(poster(key, "198.51.100.7"));
  flood.run(60s);
  EXPECT_NEAR(flood.taken(), 200 + 20 * 60, 2);
}

TEST(PostPace, HoldsTheAddressesOfANetworkToThePaceOfTheNetwork) {
  Flood flood;
  for (int i = 0; i < 250; ++i) {
    flood.add(poster(i, "198.51.100." + std::to_string(i)));
    flood.add(poster(1000 + i,
                     "2001:db8:0:" + std::to_string(i % 10) + std::to_string(i / 10 % 10) + "::1"));
  }
  flood.run(60s);
  EXPECT_NEAR(flood.taken(), 2 * (800 + 80 * 60), 2);
}

TEST(PostPace, LetsAClassOfFortyBehindOneAddressPostAtAnHonestPace) {
  PostPace pace{guard::PostRates{}};
  Instant now = Instant{} + 1000s;
  for (int second = 0; second < 600; ++second, now += 1s) {
    for (int one = 0; one < 40; ++one) {
      if ((second + one) % 3 != 0) continue;  // a line each three seconds, from everybody
      const chat::SessionId session{static_cast<std::uint64_t>(one + 1), {}};
      EXPECT_TRUE(pace.take(session, poster(one, "198.51.100.7"), now));
    }
  }
}

TEST(PostPace, DelaysNobodyOfAnotherAddressForAFlood) {
  Flood flood;
  for (int key = 0; key < 1000; ++key) {
    flood.add(poster(key, "203.0.113." + std::to_string(key % 250)));
    flood.add(poster(5000 + key, "2001:db8:0:" + std::to_string(key) + "::1"));
  }
  const PostPace::Poster honest = poster(9999, "198.51.100.7");
  const chat::SessionId session{1'000'000, {}};
  for (int second = 0; second < 20; ++second) {
    flood.run(1s);
    EXPECT_TRUE(flood.pace.take(session, honest, flood.now)) << second;
  }
}

TEST(PostPace, DelaysAnHonestMemberBehindTheAddressOfAFloodByAFairTurn) {
  Flood flood;
  for (int key = 0; key < 63; ++key) flood.add(poster(key, "198.51.100.7"));
  flood.run(60s);
  const chat::SessionId session{1'000'000, {}};
  Duration longest{};
  for (int i = 0; i < 20; ++i) {
    flood.run(5s);
    const Instant asked = flood.now;
    if (flood.pace.take(session, poster(9999, "198.51.100.7"), flood.now)) continue;
    for (bool taken = false; !taken;) {
      const auto due = flood.pace.next_turn();
      ASSERT_TRUE(due);
      flood.now = *due;
      for (const chat::SessionId turn : flood.pace.take_turns(*due)) {
        taken = taken || turn == session;
        if (turn != session) flood.post(turn.value - 1);
      }
    }
    longest = std::max(longest, flood.now - asked);
  }
  EXPECT_LE(longest, 3250ms) << "64 turns at 20 a second";
}

TEST(PostPace, TellsHowLongASessionWaits) {
  Flood flood;
  const auto one = flood.add(poster(1, "198.51.100.7"));
  EXPECT_FALSE(flood.pace.wait_of(Flood::id(one), flood.now));
  flood.post(one);
  auto wait = flood.pace.wait_of(Flood::id(one), flood.now);
  ASSERT_TRUE(wait);
  EXPECT_EQ(wait->next, 500ms);
  EXPECT_EQ(wait->every, 500ms);
  for (int i = 0; i < 3; ++i) flood.post(flood.add(poster(1, "198.51.100.7")));
  wait = flood.pace.wait_of(Flood::id(3), flood.now + 100ms);
  ASSERT_TRUE(wait);
  EXPECT_EQ(wait->next, 1900ms);
  EXPECT_EQ(wait->every, 2s);
}

TEST(PostPace, ForgetsASessionThatHasEndedAndGivesTheNextItsTurn) {
  Flood flood;
  for (int i = 0; i < 3; ++i) flood.post(flood.add(poster(1, "198.51.100.7")));
  flood.pace.forget(Flood::id(0));
  flood.pace.forget(Flood::id(77));
  EXPECT_EQ(flood.pace.waiting(), 2U);
  EXPECT_EQ(flood.pace.take_turns(flood.now + 500ms), std::vector{Flood::id(1)});
  flood.pace.forget(Flood::id(2));
  EXPECT_EQ(flood.pace.waiting(), 0U);
  EXPECT_FALSE(flood.pace.next_turn());
}

TEST(PostPace, GivesNoFreshBurstToASessionThatComesBack) {
  Flood flood;
  for (int round = 0; round < 100; ++round) {
    flood.post(flood.add(poster(1, "198.51.100.7")));
    flood.pace.forget(Flood::id(flood.sessions.size() - 1));
  }
  EXPECT_EQ(flood.taken(), 20);
}

TEST(PostPace, ChargesNothingForAPostThatWasNotKept) {
  Flood flood;
  const PostPace::Poster one = poster(1, "198.51.100.7");
  for (std::uint64_t i = 1; i <= 1000; ++i) {
    EXPECT_TRUE(flood.pace.take({i, {}}, one, flood.now));
    flood.pace.give_back(one);
  }
}

}  // namespace
}  // namespace palabre::server
