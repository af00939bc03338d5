#include "guard/gate.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace palabre::guard {
namespace {

using std::chrono_literals::operator""min;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

constexpr std::uint32_t kLoopback = 1;
constexpr std::uint32_t kLan = 2;
constexpr std::uint16_t kOwnPort = 5000;

Network network(const std::string& text) { return *Network::parse(text); }
Ip ip(const std::string& text) { return network(text).ip; }

class GateTest : public testing::Test {
 protected:
  explicit GateTest(Policy policy = {}) : gate(gate_under(std::move(policy))) {}

  static Gate gate_under(Policy policy) {
    Gate gate(std::move(policy), {}, {kOwnPort});
    gate.set_links({{kLoopback, true, *Network::parse("127.0.0.0/8")},
                    {kLan, false, *Network::parse("192.168.52.0/24")}});
    return gate;
  }

  static Visitor visitor(const std::string& address, std::uint32_t interface,
                         std::string_view bytes = "hello, is anybody there?\n",
                         std::uint16_t port = 40000) {
    return {{ip(address), port, interface}, bytes};
  }
  static Visitor lan(int host, std::string_view bytes = "hello\n", std::uint16_t port = 40000) {
    return visitor("192.168.52." + std::to_string(host), kLan, bytes, port);
  }

  bool lets_in(const Visitor& who) {
    return std::holds_alternative<Gate::Enrol>(gate.admit(who, now));
  }
  bool drops(const Visitor& who, Cause cause) {
    const auto admission = gate.admit(who, now);
    const auto* drop = std::get_if<Gate::Drop>(&admission);
    return drop != nullptr && drop->cause == cause;
  }
  bool refuses(const Visitor& who, Cause cause) {
    const auto admission = gate.admit(who, now);
    const auto* refuse = std::get_if<Gate::Refuse>(&admission);
    return refuse != nullptr && refuse->cause == cause;
  }
  GuestSlots::Id bring_in(const Visitor& who) {
    const auto admission = gate.admit(who, now);
    const auto& enrol = std::get<Gate::Enrol>(admission);
    if (enrol.evict) gate.gone(*enrol.evict);
    gate.enrolled(++last, who.source, enrol.is_code, now);
    return last;
  }
  bool hears(GuestSlots::Id id, const Visitor& who) {
    return std::holds_alternative<Gate::Pass>(gate.hear(id, who, now));
  }
  bool tells(GuestSlots::Id id, const Visitor& who) {
    const auto hearing = gate.hear(id, who, now);
    const auto* drop = std::get_if<Gate::Drop>(&hearing);
    return drop != nullptr && drop->tell;
  }

  Gate gate;
  Instant now = Instant{} + 1000s;
  GuestSlots::Id last = 0;
};

Policy open_to(Guests guests) {
  Policy policy;
  policy.guests = guests;
  policy.trusted = {*Network::parse("10.0.0.0/8")};
  return policy;
}

struct OpenGateTest : GateTest {
  OpenGateTest() : GateTest(open_to(Guests::kAll)) {}
};
struct ClosedGateTest : GateTest {
  ClosedGateTest() : GateTest(open_to(Guests::kNone)) {}
};

// Admission.

TEST_F(GateTest, TrustsLoopbackAndWhatTheInterfaceReaches) {
  EXPECT_TRUE(lets_in(visitor("127.0.0.1", kLoopback)));
  EXPECT_TRUE(lets_in(lan(7)));
}

TEST_F(GateTest, TrustsNoAddressThatComesInByTheWrongInterface) {
  EXPECT_TRUE(drops(visitor("127.0.0.1", kLan), Cause::kPublic));
  EXPECT_TRUE(drops(visitor("192.168.52.7", 3), Cause::kPublic));
  EXPECT_TRUE(drops(visitor("192.168.52.7", 0), Cause::kPublic));
}

TEST_F(GateTest, GivesPublicSourcesNothingUnlessToldTo) {
  EXPECT_TRUE(drops(visitor("198.51.100.7", kLan), Cause::kPublic));
  EXPECT_TRUE(gate.has_turned_public_away());
  gate = gate_under({.trusted = {*Network::parse("198.51.100.0/29")}});
  EXPECT_TRUE(lets_in(visitor("198.51.100.7", kLan)));
  EXPECT_TRUE(drops(visitor("198.51.100.8", kLan), Cause::kPublic));
  gate = gate_under({.guests = Guests::kNone});
  EXPECT_TRUE(drops(visitor("198.51.100.7", kLan), Cause::kNobodyMayEnter));
  EXPECT_FALSE(gate.has_turned_public_away());
}

TEST_F(ClosedGateTest, LetsNobodyIn) {
  EXPECT_TRUE(drops(visitor("127.0.0.1", kLoopback), Cause::kNobodyMayEnter));
}

TEST_F(OpenGateTest, TrustsTheNetworksThatItIsTold) {
  EXPECT_TRUE(lets_in(visitor("10.1.2.3", kLan)));
}

TEST_F(OpenGateTest, AdmitsAPublicSourceByItsCodeAndNothingElse) {
  const Visitor stranger = visitor("198.51.100.7", kLan);
  const auto answer = gate.admit(stranger, now);
  const std::string line = std::get<Gate::Answer>(answer).line;
  const std::string code = line.substr(8);
  now += 1s;
  EXPECT_FALSE(lets_in(visitor("198.51.100.7", kLan, line))) << "an echo";
  EXPECT_FALSE(lets_in(visitor("198.51.100.7", kLan, "please " + code)));
  EXPECT_FALSE(lets_in(visitor("198.51.100.8", kLan, code)));
  const auto admission = gate.admit(visitor("198.51.100.7", kLan, code), now);
  ASSERT_TRUE(std::holds_alternative<Gate::Enrol>(admission));
  EXPECT_TRUE(std::get<Gate::Enrol>(admission).is_code);
}

// Bytes out <= bytes in: no amplification.

TEST_F(OpenGateTest, AnswersNothingShorterThanTheAnswer) {
  for (std::size_t size = 1; size < 60; ++size) {
    const std::string bytes(size, 'x');
    const auto admission =
        gate.admit(visitor("198.51.100." + std::to_string(size), kLan, bytes), now);
    if (const auto* answer = std::get_if<Gate::Answer>(&admission)) {
      EXPECT_LE(answer->line.size(), size);
    }
  }
}

TEST_F(OpenGateTest, ChallengesASourceOnceAMinute) {
  const Visitor stranger = visitor("198.51.100.7", kLan);
  EXPECT_TRUE(std::holds_alternative<Gate::Answer>(gate.admit(stranger, now)));
  now += 59s;
  EXPECT_TRUE(drops(stranger, Cause::kNoCodeYet));
  EXPECT_TRUE(std::holds_alternative<Gate::Answer>(
      gate.admit(visitor("198.51.100.7", kLan, stranger.bytes, 40001), now)))
      << "others behind the same address, or who forge it, are not in the way";
  now += 1s;
  EXPECT_TRUE(std::holds_alternative<Gate::Answer>(gate.admit(stranger, now)));
}

TEST_F(OpenGateTest, HasABudgetOfChallengesForAll) {
  const auto answers = [&](int net) {
    int count = 0;
    for (int i = 0; i < 10'000; ++i) {
      const std::string address = "198." + std::to_string(net) + "." + std::to_string(i / 250) +
                                  "." + std::to_string(i % 250);
      count += std::holds_alternative<Gate::Answer>(gate.admit(visitor(address, kLan), now));
    }
    return count;
  };
  EXPECT_EQ(answers(51), 200);
  now += 1s;
  EXPECT_EQ(answers(52), 100);
  gate = gate_under({.guests = Guests::kAll, .challenge_burst = 7, .challenges_per_second = 3});
  EXPECT_EQ(answers(51), 7);
  now += 1s;
  EXPECT_EQ(answers(52), 3);
}

// Loops end.

TEST_F(GateTest, DropsWhatLooksLikeItsOwnFromStrangersAndGuestsAlike) {
  EXPECT_TRUE(drops(lan(7, "[192.168.52.2:54524]> salut !\n"), Cause::kLooksLikeOurs));
  EXPECT_TRUE(drops(visitor("127.0.0.1", kLoopback, "-- Goodbye\n"), Cause::kLooksLikeOurs));
  const auto id = bring_in(lan(7));
  EXPECT_FALSE(hears(id, lan(7, "ana*> hello\n")));
}

TEST_F(GateTest, TellsAPersonAboutAPastedLineOnceAMinuteAndAMirrorNever) {
  const auto person = bring_in(lan(7));
  const auto mirror = bring_in(lan(8));
  EXPECT_TRUE(hears(person, lan(7, "ordinary\n")));
  EXPECT_FALSE(tells(mirror, lan(8, "ana*> hello\n")));
  EXPECT_TRUE(tells(person, lan(7, "ana*> hello\n")));
  EXPECT_FALSE(tells(person, lan(7, "ana*> hello\n")));
  now += 1min;
  EXPECT_TRUE(tells(person, lan(7, "ana*> hello\n")));
}

TEST_F(GateTest, DropsReflectorsButNotOnLoopbackAndItsOwnPortsEverywhere) {
  EXPECT_TRUE(drops(lan(7, "x\n", 19), Cause::kReflectorPort));
  EXPECT_TRUE(drops(lan(7, "x\n", 1900), Cause::kReflectorPort));
  EXPECT_TRUE(drops(lan(7, "x\n", kOwnPort), Cause::kOwnPort));
  EXPECT_TRUE(lets_in(visitor("127.0.0.1", kLoopback, "x\n", 19)));
  EXPECT_TRUE(drops(visitor("127.0.0.1", kLoopback, "x\n", kOwnPort), Cause::kOwnPort));
  EXPECT_TRUE(drops(visitor("127.0.0.1", kLoopback, "x\n", 0), Cause::kReflectorPort));
}

// Rate limits and caps.

TEST_F(GateTest, LetsAnHonestPasteOfTwentyLinesPassWhole) {
  const auto id = bring_in(lan(7));
  for (int line = 0; line < 20; ++line) EXPECT_TRUE(hears(id, lan(7))) << line;
  EXPECT_FALSE(hears(id, lan(7)));
}

TEST_F(GateTest, HoldsAGuestToThePaceOfItsPolicyAndTellsItOnceASecond) {
  for (const Policy& policy : {Policy{}, Policy{.burst = 4, .per_second = 2}}) {
    gate = gate_under(policy);
    const auto id = bring_in(lan(7));
    int heard = 0;
    int told = 0;
    for (int i = 0; i < 1000; ++i, now += 10ms) {
      const auto hearing = gate.hear(id, lan(7), now);
      heard += std::holds_alternative<Gate::Pass>(hearing);
      const auto* drop = std::get_if<Gate::Drop>(&hearing);
      told += drop != nullptr && drop->tell;
    }
    EXPECT_NEAR(heard, policy.burst + 10 * policy.per_second, 1);
    EXPECT_LE(told, 10);
    EXPECT_GE(told, 8);
  }
}

TEST_F(OpenGateTest, HoldsAGuestFromAPublicAddressToASlowerPace) {
  const auto id = ++last;
  const Visitor stranger = visitor("198.51.100.7", kLan);
  gate.enrolled(id, stranger.source, true, now);
  int heard = 0;
  for (int i = 0; i < 1000; ++i, now += 10ms) heard += hears(id, stranger);
  EXPECT_NEAR(heard, 20 + 10 * 2, 1);
}

TEST_F(OpenGateTest, HoldsTheGuestsOfANetworkToItsPace) {
  std::vector<Visitor> guests;
  for (int subnet = 0; subnet < 200; ++subnet) {
    guests.push_back(visitor("2001:db8:0:" + std::to_string(subnet % 100) + "::1", kLan, "hello\n",
                             static_cast<std::uint16_t>(40000 + subnet)));
    gate.enrolled(++last, guests.back().source, true, now);
  }
  int heard = 0;
  for (int i = 0; i < 100; ++i, now += 100ms) {
    for (std::size_t guest = 0; guest < guests.size(); ++guest) {
      heard += hears(last - guests.size() + 1 + guest, guests[guest]);
    }
  }
  EXPECT_NEAR(heard, 800 + 10 * 80, 80) << "40 times the pace of one guest";
}

TEST_F(GateTest, HoldsLoopbackToNothing) {
  for (int i = 0; i < 100; ++i) {
    const auto id = bring_in(visitor("127.0.0.1", kLoopback, "x\n", 40000));
    EXPECT_TRUE(hears(id, visitor("127.0.0.1", kLoopback)));
  }
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(hears(1, visitor("127.0.0.1", kLoopback)));
}

TEST_F(GateTest, HoldsToNothingWhomItsPolicySays) {
  gate = gate_under({.exempt = {*Network::parse("192.168.52.7/32")}, .exempt_loopback = false});
  const auto hears_all = [&](const Visitor& who) {
    const auto id = bring_in(who);
    int heard = 0;
    while (heard < 1000 && hears(id, who)) ++heard;
    return heard == 1000;
  };
  EXPECT_TRUE(hears_all(lan(7)));
  EXPECT_FALSE(hears_all(lan(8)));
  EXPECT_FALSE(hears_all(visitor("127.0.0.1", kLoopback)));
}

TEST_F(GateTest, TakesEightOfAnAddressAndTellsTheNinth) {
  for (const std::size_t most : {std::size_t{8}, std::size_t{3}}) {
    if (most != 8) gate = gate_under({.per_ip = most});
    for (std::size_t guest = 1; guest <= most; ++guest)
      bring_in(lan(7, "x\n", static_cast<std::uint16_t>(40000 + guest)));
    EXPECT_TRUE(refuses(lan(7, "x\n", 41000), Cause::kIpFull)) << most;
    EXPECT_TRUE(lets_in(lan(8))) << most;
    gate.gone(last - 1);
    EXPECT_TRUE(lets_in(lan(7, "x\n", 41000))) << most;
  }
}

TEST_F(GateTest, TakesSixtyFourOfANeighbourhood) {
  for (int host = 1; host <= 64; ++host) bring_in(lan(host));
  EXPECT_TRUE(refuses(lan(65), Cause::kNeighbourhoodFull));
  gate = gate_under({.per_neighbourhood = 5});
  for (int host = 1; host <= 5; ++host) bring_in(lan(host));
  EXPECT_TRUE(refuses(lan(6), Cause::kNeighbourhoodFull));
}

TEST_F(GateTest, GivesThePlaceOfWhoSpokeOnceAndFellSilentToTheNext) {
  for (std::uint16_t port = 1; port <= 8; ++port)
    bring_in(lan(7, "x\n", static_cast<std::uint16_t>(40000 + port)));
  now += 2s;
  for (const GuestSlots::Id id : {1, 2, 4, 5, 6, 7, 8}) hears(id, lan(7));  // now proven
  now += 4s;
  const auto admission = gate.admit(lan(7, "x\n", 41000), now);
  ASSERT_TRUE(std::holds_alternative<Gate::Enrol>(admission));
  EXPECT_EQ(std::get<Gate::Enrol>(admission).evict, 3U);
}

TEST_F(GateTest, GivesAPlaceOfTheProvenOnlyAfterAMinuteOfSilenceTheLongestFirst) {
  for (std::uint16_t port = 1; port <= 8; ++port)
    bring_in(lan(7, "x\n", static_cast<std::uint16_t>(40000 + port)));
  for (const GuestSlots::Id id : {5, 1, 2, 3, 4, 6, 7, 8}) {
    now += 2s;
    hears(id, lan(7));
  }
  now += 44s;
  EXPECT_TRUE(refuses(lan(7, "x\n", 41000), Cause::kIpFull));
  now += 2s;
  EXPECT_EQ(std::get<Gate::Enrol>(gate.admit(lan(7, "x\n", 41000), now)).evict, 5U);
}

TEST_F(GateTest, KeepsABannedAddressOutUntilItsTime) {
  gate.ban(network("192.168.52.7"), now + 10min);
  EXPECT_TRUE(drops(lan(7), Cause::kBanned));
  EXPECT_TRUE(lets_in(lan(8)));
  now += 10min;
  EXPECT_TRUE(lets_in(lan(7)));
}

TEST_F(GateTest, KeepsABannedNetworkOutAndNobodyElse) {
  gate.ban(network("192.168.52.0/28"), now + 10min);
  EXPECT_TRUE(drops(lan(7), Cause::kBanned));
  EXPECT_TRUE(gate.is_banned(ip("192.168.52.15"), now));
  EXPECT_TRUE(lets_in(lan(16)));
}

TEST_F(GateTest, LetsABannedAddressInAgainWhereThatIsTakenBack) {
  gate.ban(network("192.168.52.7"), now + 10min);
  EXPECT_TRUE(gate.unban(network("192.168.52.7")));
  EXPECT_FALSE(gate.unban(network("192.168.52.7")));
  EXPECT_TRUE(lets_in(lan(7)));
}

// Attempts to evade the gate.

TEST_F(GateTest, HoldsWhoLeavesAndComesBackToTheSamePace) {
  for (const Policy& policy : {Policy{}, Policy{.burst = 6, .per_second = 20}}) {
    gate = gate_under(policy);
    int heard = 0;
    for (int round = 0; round < 100; ++round) {
      if (!lets_in(lan(7))) continue;
      gate.enrolled(++last, lan(7).source, false, now);
      heard += hears(last, lan(7)) ? 2 : 1;
      gate.gone(last);
    }
    EXPECT_EQ(heard, policy.burst + 1) << "the burst, and the datagram by which it arrived";
    now += policy.per_second == 20 ? 50ms : 200ms;
    EXPECT_TRUE(lets_in(lan(7)));
    EXPECT_TRUE(drops(lan(7), Cause::kTooFast));
  }
}

TEST_F(GateTest, FreesAPlaceOnlyOnceItsPaceIsAtRest) {
  for (const Policy& policy : {Policy{}, Policy{.burst = 20, .per_second = 10}}) {
    gate = gate_under(policy);
    for (std::uint16_t port = 40000; port < 40008; ++port) {
      bring_in(lan(7, "hello\n", port));
      while (hears(last, lan(7, "hello\n", port))) {
      }
      gate.gone(last);
    }
    EXPECT_TRUE(refuses(lan(7, "hello\n", 41000), Cause::kIpFull));
    const Duration rest = policy.per_second == 10 ? 2s : 4s;
    now += rest - 1ms;
    EXPECT_TRUE(refuses(lan(7, "hello\n", 41000), Cause::kIpFull));
    now += 1ms;
    EXPECT_TRUE(lets_in(lan(7, "hello\n", 41000)));
  }
}

TEST_F(GateTest, ForgetsWhoIsGoneAndAtRest) {
  for (int host = 1; host < 200; ++host) {
    bring_in(lan(host % 50));
    gate.gone(last);
    now += 1s;
  }
  for (int host = 60; host < 68; ++host) bring_in(lan(host));
  EXPECT_EQ(gate.guests(), 8U);
}

TEST_F(GateTest, CountsWhatADatagramAsksForAndNotTheDatagram) {
  for (const std::size_t burst : {std::size_t{20}, std::size_t{30}}) {
    if (burst != 20) gate = gate_under({.burst = static_cast<double>(burst)});
    bring_in(lan(7));
    EXPECT_TRUE(hears(last, lan(7)));
    EXPECT_EQ(gate.within_pace(last, 17, now), 17U);
    EXPECT_TRUE(hears(last, lan(7)));
    EXPECT_EQ(gate.within_pace(last, 17, now), burst - 17);
    EXPECT_FALSE(hears(last, lan(7)));
    EXPECT_EQ(gate.drops().of(Cause::kTooFast), 35 - burst);
  }
}

TEST_F(GateTest, HearsNoGuestByAnInterfaceWhereItIsNot) {
  bring_in(lan(7));
  Visitor forged = lan(7);
  forged.source.interface = 3;
  EXPECT_FALSE(hears(last, forged));
  EXPECT_EQ(gate.drops().of(Cause::kWrongWay), 1U);
  EXPECT_TRUE(hears(last, lan(7)));
}

struct SmallGateTest : GateTest {
  static Policy small() {
    Policy policy;
    policy.in_all = 4;
    return policy;
  }
  SmallGateTest() : GateTest(small()) {}
};

TEST_F(SmallGateTest, CountsGuestsWhoAreHeldToNothingAmongAll) {
  for (std::uint16_t port = 1; port <= 4; ++port) {
    bring_in(visitor("127.0.0.1", kLoopback, "hello\n", static_cast<std::uint16_t>(40000 + port)));
  }
  EXPECT_TRUE(refuses(lan(7), Cause::kAllFull));
  EXPECT_TRUE(refuses(visitor("127.0.0.1", kLoopback, "hello\n", 41000), Cause::kAllFull));
}

TEST_F(GateTest, ForgetsWhatIsOver) {
  gate.ban(network("192.168.52.7"), now + 10min);
  gate.ban(network("192.168.52.8"), now + 20min);
  gate.forget_what_is_over(now + 10min);
  ASSERT_EQ(gate.bans().size(), 1U);
  EXPECT_EQ(gate.bans().begin()->first, network("192.168.52.8"));
}

TEST_F(GateTest, CountsEverythingThatItDrops) {
  gate.admit(visitor("198.51.100.7", kLan), now);
  gate.admit(visitor("198.51.100.7", kLan), now);
  gate.admit(lan(7, ""), now);
  EXPECT_EQ(gate.drops().of(Cause::kPublic), 2U);
  EXPECT_EQ(gate.drops().of(Cause::kEmpty), 1U);
}

}  // namespace
}  // namespace palabre::guard
